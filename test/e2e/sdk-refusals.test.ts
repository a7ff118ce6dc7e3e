import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from '../support/decision-records.ts'
import { isHard, REFUSAL_CASES, type RefusalCase } from '../support/refusal-cases.ts'
import { startRefusalStage, type Ended, type RefusalStage } from '../support/refusal-stage.ts'
import { SDKS, type SdkName } from '../support/sdk-clients.ts'

const OPENAI: { readonly [status: number]: string } = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  429: 'RateLimitError',
}

/** Each SDK's class for a status. */
const CLASSES: { readonly [S in SdkName]: (status: number) => string } = {
  openai: (status) => OPENAI[status] ?? 'APIError',
  anthropic: (status) => (status === 413 ? 'ContentTooLargeError' : (OPENAI[status] ?? 'APIError')),
  google: () => 'ApiError',
  // A 429 is asked again whatever its headers say, and what comes of it is wrapped.
  ai: (status) => (status === 429 ? 'RetryError' : 'APICallError'),
}

/**
 * Attempts by default at a hard refusal. OpenAI's and Anthropic's SDKs honour `x-should-retry: false`.
 * Google's makes one attempt unless an application asks for more. `ai` knows no such header: a 429 whose
 * wait is over a minute it asks for again after 2 s and after 4 s.
 */
const attemptsAt = (sdk: SdkName, status: number): number =>
  sdk === 'ai' && status === 429 ? 3 : 1

type Played = { readonly refusal: RefusalCase; readonly sdk: SdkName; readonly ended: Ended }

let stage: RefusalStage
const played = new Map<string, Played>()
const keyOf = (sdk: SdkName, name: string): string => `${sdk} ${name}`
const playedOf = (sdk: SdkName, name: string): Played => {
  const one = played.get(keyOf(sdk, name))
  if (one === undefined) throw new Error(`${sdk} ${name} was not played`)
  return one
}

const playOne = async (refusal: RefusalCase, sdk: SdkName): Promise<void> => {
  const { name: model, question, prefix, spoil } = refusal
  if (refusal.spends === true) {
    const spent = await stage.ask({ sdk, model, retries: 'none' })
    if (spent.error !== undefined) throw new Error(`${sdk} ${model}: ${spent.error.message}`)
  }
  const retries = isHard(refusal) ? 'default' : 'none'
  const ended = await stage.ask({ sdk, model, retries, question, prefix, spoil })
  played.set(keyOf(sdk, model), { refusal, sdk, ended })
}

beforeAll(async () => {
  stage = await startRefusalStage()
  // All at once: what takes its time is the retries of `ai`.
  await Promise.all(REFUSAL_CASES.flatMap((refusal) => SDKS.map((sdk) => playOne(refusal, sdk))))
})
afterAll(() => stage.close())

const pairs = REFUSAL_CASES.flatMap((refusal) =>
  SDKS.map((sdk) => [refusal.name, sdk, refusal] as const),
)

describe.each(pairs)('a call that is refused: %s, %s', (name, sdk, refusal) => {
  const status = sdk === 'google' && refusal.status === 401 ? 400 : refusal.status

  it('raises the typed error of the SDK, with the code, the decision and what to do next', () => {
    const { error, flights } = playedOf(sdk, name).ended
    const raised = sdk === 'ai' && !isHard(refusal) ? 'APICallError' : CLASSES[sdk](status)
    expect(error).toMatchObject({ raised, typed: true, status, code: refusal.code })
    expect(error?.message).toMatch(refusal.says)
    expect(error?.requestId).toMatch(/^[0-9a-z]{26}$/)
    expect(error?.requestId).toBe(flights.at(-1)?.decision)
  })

  it('is asked as often as its headers ask for, and never reaches the upstream', () => {
    const { flights } = playedOf(sdk, name).ended
    expect(flights).toHaveLength(isHard(refusal) ? attemptsAt(sdk, status) : 1)
    for (const { headers } of flights) {
      expect(headers.get('x-should-retry')).toBe(isHard(refusal) ? 'false' : null)
      const waitMs = headers.get('retry-after-ms')
      const waitS = headers.get('retry-after')
      if (refusal.waitS === undefined) {
        expect([waitS, waitMs]).toEqual([null, null])
        continue
      }
      const [least, most] = refusal.waitS
      expect(Number(waitS)).toBeGreaterThanOrEqual(least)
      expect(Number(waitS)).toBeLessThanOrEqual(most)
      expect(Number(waitS)).toBe(Math.ceil(Number(waitMs) / 1_000))
    }
    expect(stage.sent(name)).toBe(refusal.spends === true ? SDKS.length : 0)
  })
})

describe('the guard', () => {
  it('saw each attempt once, and has a record of each refusal that says why', async () => {
    const all = [...played.values()].flatMap(({ refusal, ended }) =>
      ended.flights.map((flight) => ({ refusal, flight })),
    )
    const rows = await rowsOf(
      stage.guard,
      all.map(({ flight }) => flight.decision),
    )
    expect(await stage.counted()).toBe(stage.flights.length)
    for (const { refusal, flight } of all) {
      const row = rows.get(flight.decision)
      expect(row).toHaveProperty(['stillwatch.outcome'], 'refused')
      // An upstream is looked for after the limits, which then give back what was taken.
      const nothing = { input_tokens: 0, output_tokens: 0, from: 'estimated' }
      const settled = refusal.code === 'unknown_model' ? nothing : undefined
      expect(row?.['stillwatch.settled']).toEqual(settled)
      const { by } = refusal
      if (by === undefined) expect(row).toHaveProperty(['error.type'], refusal.code)
      else expect([row?.['stillwatch.rule.id'], row?.['stillwatch.refused_by']]).toContain(by)
    }
  })
  it('recorded the status that the caller was given', async () => {
    const flights = [...played.values()].flatMap(({ ended }) => ended.flights)
    const rows = await rowsOf(
      stage.guard,
      flights.map(({ decision }) => decision),
    )
    for (const { decision, status } of flights) {
      expect(rows.get(decision)).toHaveProperty(['http.response.status_code'], status)
    }
  })
})
