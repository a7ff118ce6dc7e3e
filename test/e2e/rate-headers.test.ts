import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { startStage, type Stage } from '../support/sdk-stage.ts'
import { createWireTap, type Flight } from '../support/wire-tap.ts'

const on = (model: string, id: string, per: string, counts: string): string =>
  `  - { id: ${id}, per: [${per}], when: 'request.model == "${model}"', ${counts} }\n`
const own = 'caller.credential'

/** The model says which limits apply. */
const POLICY = `version: 1
limits:
${on('tight', 'secret-calls', own, 'count: requests, quota: 20, window: 1h')}${on('tight', 'secret-tokens', own, 'count: tokens, quota: 5000, window: 1d')}${on('tight', 'secret-group', 'request.model', 'count: requests, quota: 7771, window: 1m')}${on('tight', 'secret-crowd', 'request.model', 'count: tokens, quota: 1778000, window: 1m')}${on('roomy', 'calls', own, 'count: requests, quota: 1000000, window: 1h')}${on('roomy', 'tokens', own, 'count: tokens, quota: 9000000000, window: 1d')}${on('grouped', 'secret-group-alone', 'request.model', 'count: requests, quota: 7772, window: 1h')}${on('one-call', 'secret-one', own, 'count: requests, quota: 1, window: 50s')}${on('one-call', 'secret-wide', own, 'count: requests, quota: 500, window: 1d')}${on('crowd-full', 'secret-crowd-full', 'request.model', 'count: requests, quota: 1, window: 50s')}${on('crowd-full', 'secret-mine', own, 'count: requests, quota: 40, window: 1h')}`

let stage: Stage
beforeAll(async () => {
  stage = await startStage({ policy: POLICY })
})
afterAll(() => stage.close())

/** One call by an SDK; its answer as it stood on the wire, whether it was served or not. */
const ask = async (sdk: SdkName, model: string): Promise<Flight> => {
  const tap = createWireTap()
  const clients = createSdkClients({ url: stage.guard.url, fetch: tap.fetch })
  await ASKS[sdk].plain(clients, model).catch(() => undefined)
  const [flight] = tap.flights
  if (flight === undefined) throw new Error('no flight')
  return flight
}

/** Name of one header of a group, in the words of the SDK's provider; none where there is none. */
const groupHeader = (sdk: SdkName, kind: string, what: string): string | undefined => {
  if (sdk === 'google') return undefined
  return sdk === 'anthropic' ? `anthropic-ratelimit-${kind}-${what}` : `x-ratelimit-${what}-${kind}`
}

const valueOf = ({ headers }: Flight, sdk: SdkName, kind: string, what: string): number => {
  const name = groupHeader(sdk, kind, what)
  return name === undefined ? Number.NaN : Number(headers.get(name))
}

const limitNames = ({ headers }: Flight): string[] =>
  [...headers.keys()].filter((name) => name.includes('ratelimit'))

const textOf = ({ headers }: Flight): string =>
  [...headers]
    .filter(([name]) => name.includes('ratelimit'))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')

describe.each(SDKS)('a customer with the SDK %s', (sdk) => {
  it('reads its own limits on every answer, and they fall with use', async () => {
    const flights = [await ask(sdk, 'tight'), await ask(sdk, 'tight'), await ask(sdk, 'tight')]
    const left = flights.map(({ headers }) => headers.get('ratelimit') ?? '')
    expect(left[0]).toMatch(/^"requests-1h";r=19;t=3600$/)
    expect(left[1]).toMatch(/^"requests-1h";r=18;t=3(600|59\d)$/)
    expect(left[2]).toMatch(/^"requests-1h";r=17;t=3(600|59\d)$/)
    for (const flight of flights) {
      expect(flight.status).toBe(200)
      expect(flight.headers.get('ratelimit-policy')).toBe('"requests-1h";q=20;w=3600')
      // Neither what the group has nor what the policy calls its limits.
      expect(textOf(flight)).not.toMatch(/secret|777|1778|-1m/)
    }
    if (sdk === 'google') return
    expect(flights.map((flight) => valueOf(flight, sdk, 'requests', 'remaining'))).toEqual([
      19, 18, 17,
    ])
    expect(flights.map((flight) => valueOf(flight, sdk, 'tokens', 'limit'))).toEqual([
      5_000, 5_000, 5_000,
    ])
    const tokens = flights.map((flight) => valueOf(flight, sdk, 'tokens', 'remaining'))
    expect(tokens[0]).toBeLessThan(5_000)
    expect(tokens[2]).toBeLessThan(tokens[0] ?? 0)
  })

  it('reads what the model API says where that is the tighter, as it stood', async () => {
    const [ours, theirs] = [await ask(sdk, 'roomy'), await ask(sdk, 'grouped')]
    expect(ours.headers.get('ratelimit-policy')).toBe('"requests-1h";q=1000000;w=3600')
    for (const kind of ['requests', 'tokens']) {
      const name = groupHeader(sdk, kind, 'limit')
      if (name === undefined) continue
      expect(ours.headers.get(name)).toBe(theirs.headers.get(name))
      expect(valueOf(ours, sdk, kind, 'limit')).toBeGreaterThan(0)
      const ahead = valueOf(ours, sdk, kind, 'remaining') - valueOf(theirs, sdk, kind, 'remaining')
      expect(Math.abs(ahead)).toBeLessThan(100)
    }
  })

  it('reads nothing of ours where only a group has a limit', async () => {
    const flight = await ask(sdk, 'grouped')
    expect(flight.status).toBe(200)
    expect(limitNames(flight).filter((name) => name.startsWith('ratelimit'))).toEqual([])
    expect(textOf(flight)).not.toContain('777')
  })

  it('reads them on a refusal, with the wait of the limit that refused', async () => {
    const served = await ask(sdk, 'one-call')
    expect(served.headers.get('ratelimit')).toMatch(
      /^"requests-50s";r=0;t=50, "requests-1d";r=499;t=86400$/,
    )
    const refused = await ask(sdk, 'one-call')
    expect(refused.status).toBe(429)
    const told = /^"requests-50s";r=0;t=(\d+), "requests-1d";r=499;t=(?:863\d\d|86400)$/.exec(
      refused.headers.get('ratelimit') ?? '',
    )
    expect(told?.[1]).toBe(refused.headers.get('retry-after'))
    const name = groupHeader(sdk, 'requests', 'remaining')
    if (name !== undefined) expect(refused.headers.get(name)).toBe('0')
  })

  it('reads only its own on a refusal by the limit of a group', async () => {
    const crowd = await ask(sdk, 'crowd-full')
    const refused = crowd.status === 429 ? crowd : await ask(sdk, 'crowd-full')
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests-1h";r=(39|40);t=3(600|59\d)$/)
    expect(textOf(refused)).not.toMatch(/50s|secret/)
  })
})

describe('what is left', () => {
  it('counts what a call has reserved, and not what it turns out to have used', async () => {
    const clients = createSdkClients({ url: stage.guard.url, fetch })
    const leftAfter = async (maxTokens: number): Promise<number> => {
      const { data, response } = await clients.openai.chat.completions
        .create({
          model: 'tight',
          messages: [{ role: 'user', content: 'Well?' }],
          max_completion_tokens: maxTokens,
        })
        .withResponse()
      expect(data.usage?.completion_tokens).toBeLessThan(maxTokens)
      expect(response.headers.get('x-ratelimit-reset-tokens')).toMatch(/^(24h0m0s|23h59m\d+s)$/)
      return Number(response.headers.get('x-ratelimit-remaining-tokens'))
    }
    const before = await leftAfter(100)
    const reserved = await leftAfter(1_500)
    const after = await leftAfter(100)
    expect(reserved).toBeLessThanOrEqual(before - 1_400)
    expect(after).toBeGreaterThan(reserved + 1_000)
  })
})
