import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createForwardRig } from '../support/forward-rig.ts'

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8')

const TRUSTED = getCACertificates('default')
const CERTIFICATE = fixture('localhost.pem')

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  setDefaultCACertificates(TRUSTED)
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const setUp = async (host: string) => {
  const seen: (string | undefined)[] = []
  const server = createServer(
    { key: fixture('localhost-key.pem'), cert: CERTIFICATE },
    (request, response) => {
      seen.push(request.headers.authorization)
      response.end('{"output":1}')
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo
  const rig = await createForwardRig({
    url: `https://${host}:${port}`,
    upstream: { credential: { secret: 'sk-own' } },
  })
  open.push(rig, {
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return { rig, seen }
}

describe('an upstream behind TLS', () => {
  it('is asked where its certificate is trusted and names it', async () => {
    setDefaultCACertificates([...TRUSTED, CERTIFICATE])
    const { rig, seen } = await setUp('localhost')
    expect(await rig.ask()).toMatchObject({ status: 200, text: '{"output":1}', whole: true })
    expect(seen).toEqual(['Bearer sk-own'])
  })

  it('whose certificate nobody vouches for gets nothing', async () => {
    const { rig, seen } = await setUp('localhost')
    expect((await rig.ask()).status).toBe(502)
    expect([rig.journeys[0]?.rejected, seen]).toEqual(['upstream_unreachable', []])
  })

  it('whose certificate names another host gets nothing', async () => {
    setDefaultCACertificates([...TRUSTED, CERTIFICATE])
    const { rig, seen } = await setUp('127.0.0.1')
    expect((await rig.ask()).status).toBe(502)
    expect([rig.journeys[0]?.rejected, seen]).toEqual(['upstream_unreachable', []])
  })
})
