import { createAdaptorServer } from '@hono/node-server'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../src/http/admin.ts'
import { adminParts, OPERATOR, rememberedAudit } from '../support/an-admin.ts'
import { until } from '../support/wait.ts'

const audit = rememberedAudit()
const internal: unknown[] = []
// Made the way the program makes it: the adaptor's own Request is the one that handlers see.
const server = createAdaptorServer({
  fetch: createAdmin(adminParts({ audit, onInternal: (error) => void internal.push(error) })).fetch,
  overrideGlobalObjects: false,
})
let port: number

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  port = (server.address() as AddressInfo).port
})
beforeEach(() => void audit.entries.splice(0))
afterAll(() => void server.close())

const JSON_TYPE = 'content-type: application/json'
const CHUNKED = 'transfer-encoding: chunked'

/** Sends a reload with these headers and bytes; the status and the name of the problem, if any. */
const reload = (headers: readonly string[], body = ''): Promise<string> =>
  new Promise((resolve) => {
    const head = [
      'POST /api/v1/policy/reload HTTP/1.1',
      'host: localhost',
      'connection: close',
      `authorization: Bearer ${OPERATOR}`,
      ...headers,
    ].join('\r\n')
    let got = ''
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('data', (chunk) => {
      got += chunk.toString()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      const problem = /urn:stillwatch:problem:([\w-]+)/.exec(got)?.[1]
      resolve(`${got.slice(9, 12)}${problem === undefined ? '' : ` ${problem}`}`)
    })
    socket.write(`${head}\r\n\r\n${body}`)
  })

const chunks = (...parts: readonly string[]): string =>
  [...parts, ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')

const WHY = '{"why":"new limits"}'

describe('a write over a real connection', () => {
  it('needs no body, and then no type of one', async () => {
    expect(await reload([])).toBe('200')
    expect(await reload(['content-length: 0'])).toBe('200')
    expect(await reload(['content-length: 0', 'content-type: text/plain'])).toBe('200')
    expect(await reload([CHUNKED], chunks())).toBe('200')
    expect(audit.entries).toHaveLength(8)
    expect(internal).toEqual([])
  })

  it('is read whole, with a length and in chunks', async () => {
    expect(await reload([JSON_TYPE, `content-length: ${WHY.length}`], WHY)).toBe('200')
    expect(await reload([JSON_TYPE, CHUNKED], chunks(WHY.slice(0, 5), WHY.slice(5)))).toBe('200')
    const whys = audit.entries.filter(({ phase }) => phase === 'asked').map(({ why }) => why)
    expect(whys).toEqual(['new limits', 'new limits'])
  })

  it('is JSON where it has a body', async () => {
    for (const type of [[], ['content-type: text/plain']]) {
      const length = `content-length: ${WHY.length}`
      expect(await reload([...type, length], WHY)).toBe('415 json-required')
      expect(await reload([...type, CHUNKED], chunks(WHY))).toBe('415 json-required')
    }
    expect(audit.entries).toEqual([])
  })

  it('is bounded, whether it says its length or not', async () => {
    const large = ' '.repeat(65 * 1024)
    expect(await reload([JSON_TYPE, `content-length: ${large.length}`], large)).toBe(
      '413 body-too-large',
    )
    expect(await reload([JSON_TYPE, CHUNKED], chunks(large))).toBe('413 body-too-large')
    const endless = ' '.repeat(1024)
    const parts = Array.from({ length: 80 }, () => endless)
    expect(await reload([JSON_TYPE, CHUNKED], chunks(...parts))).toBe('413 body-too-large')
    expect(await reload([JSON_TYPE, 'content-length: 99999999999'], 'x')).toBe('413 body-too-large')
    const full = `${WHY}${' '.repeat(64 * 1024 - WHY.length)}`
    expect(await reload([JSON_TYPE, `content-length: ${full.length}`], full)).toBe('200')
    expect(audit.entries).toHaveLength(2)
  })

  it('that breaks off changes nothing and is no fault of ours', async () => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.write(
      `POST /api/v1/policy/reload HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${OPERATOR}\r\n` +
        `${JSON_TYPE}\r\ncontent-length: 20\r\n\r\n{"why"`,
    )
    const open = () =>
      new Promise<number>((resolve) => {
        server.getConnections((_, count) => resolve(count))
      })
    await until('the connection to be open', async () => (await open()) === 1)
    socket.destroy()
    await until('the connection to be gone', async () => (await open()) === 0)
    expect(await reload([])).toBe('200')
    expect(audit.entries).toHaveLength(2)
    expect(internal).toEqual([])
  })
})

describe('a Host that is not served', () => {
  it('is told what to do about it', async () => {
    const app = createAdmin(adminParts())
    const answer = await app.request('/', { headers: { host: 'console.example' } })
    expect(answer.status).toBe(421)
    expect(await answer.text()).toContain('add the name to admin.hosts in the settings')
  })
})
