import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstantSleeps } from '../support/instant-sleeps.ts'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { sdkErrorOf } from '../support/sdk-error.ts'
import { startStage, type Stage } from '../support/sdk-stage.ts'
import { createWireTap } from '../support/wire-tap.ts'

const WAITS_S = [1, 59, 60, 61, 86_400, 2_592_000] as const
type WaitS = (typeof WAITS_S)[number]

/** A rule for each wait that a rule may ask for, and a limit for each that only a window can. */
const POLICY = `version: 1
rules:
${WAITS_S.filter((waitS) => waitS <= 86_400)
  .map(
    (waitS) =>
      `  - { id: wait-${waitS}, when: 'request.model == "wait-${waitS}"', then: throttle, retry_after_s: ${waitS} }`,
  )
  .join('\n')}
limits:
  - { id: month, per: [caller.credential], when: 'request.model == "wait-2592000"', count: requests, quota: 1, window: 30d }
`

let stage: Stage
let sleeps: ReturnType<typeof startInstantSleeps>
beforeAll(async () => {
  stage = await startStage({ policy: POLICY })
  sleeps = startInstantSleeps()
})
afterAll(async () => {
  sleeps.restore()
  await stage.close()
})

const playAt = async (sdk: SdkName, waitS: WaitS) => {
  const tap = createWireTap()
  const clients = createSdkClients({ url: stage.guard.url, fetch: tap.fetch, retries: 'default' })
  sleeps.taken()
  const begunMs = performance.now()
  const error: unknown = await ASKS[sdk].plain(clients, `wait-${waitS}`).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const tookMs = performance.now() - begunMs
  return { error, tookMs, sleptMs: sleeps.taken(), flights: tap.flights }
}

/** How long each SDK sleeps between its attempts, in seconds; one attempt more than sleeps. */
const sleptSecondsOf = (sdk: SdkName, waitS: WaitS): readonly number[] => {
  switch (sdk) {
    case 'google':
      return []
    case 'openai':
    case 'anthropic':
      return waitS > 60 ? [] : [waitS, waitS]
    case 'ai':
      // It knows no veto, and takes its own backoff for a wait of a minute or more.
      return waitS < 60 ? [waitS, waitS] : [2, 4]
  }
}

describe.each(SDKS)('what %s does with a wait', (sdk) => {
  it.each(WAITS_S)('of %d s: it sleeps as told, or does not try again', async (waitS) => {
    if (waitS === 2_592_000) expect((await playAt(sdk, waitS)).error).toBe(undefined)
    const { error, tookMs, sleptMs, flights } = await playAt(sdk, waitS)
    const expected = sleptSecondsOf(sdk, waitS)
    expect(sleptMs.map((ms) => Math.round(ms / 1_000))).toEqual(expected)
    expect(flights).toHaveLength(expected.length + 1)
    expect(tookMs).toBeLessThan(5_000)
    expect(sdkErrorOf(error)).toMatchObject({ typed: true, status: 429 })
    const told = Math.min(waitS, 2_147_483)
    for (const { headers } of flights) {
      expect(headers.get('retry-after')).toBe(String(told))
      expect(Math.ceil(Number(headers.get('retry-after-ms')) / 1_000)).toBe(told)
      expect(headers.get('x-should-retry')).toBe(waitS > 60 ? 'false' : null)
    }
  })
})
