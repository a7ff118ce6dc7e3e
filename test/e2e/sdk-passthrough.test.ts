import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { rowsOf, type DecisionRow } from '../support/decision-records.ts'
import { MODEL, type Scenario } from '../support/sdk-scenario.ts'
import { play, SCENARIOS, type Played } from '../support/sdk-scenarios.ts'
import { memberOf } from '../support/sdk-error.ts'
import { startStage, type Stage } from '../support/sdk-stage.ts'
import { endToEnd } from '../support/wire-tap.ts'

/** One scenario at three servers: the upstream itself, and guards that do or do not ask for usage. */
type Compared = { readonly direct: Played; readonly untouched: Played; readonly asking: Played }

/** Models by which the stand-in fails, and the status it then gives; Google says 400 for a bad key. */
const FAILURES = { 'fail-400': 400, 'auth-401': 401, 'fail-429': 429, 'fail-500': 500 } as const

/** The plain and the streamed call of each SDK. */
const ORDINARY = new Set([
  'a chat completion',
  'a streamed chat completion',
  'a message',
  'a streamed message',
  'content',
  'streamed content',
  'text from a chat model',
  'streamed text from a chat model',
])

const failing = SCENARIOS.filter(({ what }) => ORDINARY.has(what)).flatMap((scenario) =>
  Object.entries(FAILURES).map(([model, status]) => ({ scenario, model, status })),
)

const played = new Map<string, Compared>()
const nameOf = ({ sdk, what }: Scenario, model = MODEL): string => `${sdk}: ${what} (${model})`
const comparedOf = (scenario: Scenario, model?: string): Compared => {
  const compared = played.get(nameOf(scenario, model))
  if (compared === undefined) throw new Error(`${nameOf(scenario, model)} was not played`)
  return compared
}

let direct: StandIn
let untouched: Stage
let asking: Stage
let untouchedRows: ReadonlyMap<string, DecisionRow>
let askingRows: ReadonlyMap<string, DecisionRow>

beforeAll(async () => {
  // The stand-ins count their requests and name the second: alike in all three, their answers are equal.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 3, 22) })
  ;[direct, untouched, asking] = await Promise.all([
    createStandIn(),
    // Errors of the upstream in a row are what sheds calls, and these tests make many.
    startStage({ settings: { ask_for_usage: false, pressure: { shed: false } } }),
    startStage({ settings: { ask_for_usage: true, pressure: { shed: false } } }),
  ])
  const cases = SCENARIOS.map((scenario) => ({ scenario, model: MODEL }))
  for (const { scenario, model } of [...cases, ...failing]) {
    const [first, second, third] = await Promise.all([
      play(scenario, direct.url, model),
      play(scenario, untouched.guard.url, model),
      play(scenario, asking.guard.url, model),
    ])
    played.set(nameOf(scenario, model), { direct: first, untouched: second, asking: third })
  }
  const all = [...played.values()]
  untouchedRows = await rowsOf(
    untouched.guard,
    all.map((each) => each.untouched.flight.decision),
  )
  askingRows = await rowsOf(
    asking.guard,
    all.map((each) => each.asking.flight.decision),
  )
})

afterAll(async () => {
  vi.useRealTimers()
  await Promise.all([direct.close(), untouched.close(), asking.close()])
})

const sameBytes = (got: Played, wanted: Played): void => {
  expect(got.flight.status).toBe(wanted.flight.status)
  expect(endToEnd(got.flight.headers)).toEqual(endToEnd(wanted.flight.headers))
  expect(got.flight.bytes().toString()).toBe(wanted.flight.bytes().toString())
  expect(got.flight.bytes().equals(wanted.flight.bytes())).toBe(true)
}

const each = SCENARIOS.map((scenario) => [nameOf(scenario), scenario] as const)

describe('a call through the guard, beside the same call made directly', () => {
  it.each(each)('%s: the SDK gets the same, byte for byte and header for header', (_, scenario) => {
    const compared = comparedOf(scenario)
    expect(JSON.stringify(compared.direct.value)).toContain(scenario.holds)
    expect(compared.untouched.value).toEqual(compared.direct.value)
    sameBytes(compared.untouched, compared.direct)
  })

  it.each(each)('%s: the SDK parses the same where the guard asks for usage', (_, scenario) => {
    const compared = comparedOf(scenario)
    expect(compared.asking.error).toBeUndefined()
    expect(compared.asking.value).toEqual(compared.direct.value)
    expect(compared.asking.flight.bytes().toString()).toBe(
      compared.direct.flight.bytes().toString(),
    )
    if (scenario.usage === 'asked') {
      expect(compared.asking.flight.bytes().toString()).not.toContain('"usage"')
    }
  })

  it.each(each)(
    '%s: the upstream gets the same request, but for the usage asked for',
    (_, scenario) => {
      const at = [...played.keys()].indexOf(nameOf(scenario))
      const [wanted, got, asked] = [direct, untouched.standIn, asking.standIn].map(
        ({ calls }) => calls[at],
      )
      expect([got?.method, got?.target]).toEqual([wanted?.method, wanted?.target])
      expect(got?.body.toString()).toBe(wanted?.body.toString())
      if (scenario.usage === 'asked') {
        expect(asked?.body.toString()).toContain('"include_usage":true')
      } else {
        expect(asked?.body.toString()).toBe(wanted?.body.toString())
      }
    },
  )

  it.each(each)('%s: what it used is recorded and settled', (_, scenario) => {
    const compared = comparedOf(scenario)
    const asked = askingRows.get(compared.asking.flight.decision)
    const unasked = untouchedRows.get(compared.untouched.flight.decision)
    for (const row of [asked, unasked]) expect(row?.['stillwatch.outcome']).toBe('served')
    const reported = [asked, ...(scenario.usage === 'always' ? [unasked] : [])]
    if (scenario.usage === 'never') {
      expect(asked).not.toHaveProperty('gen_ai.usage.input_tokens')
      return
    }
    for (const row of reported) {
      const input = row?.['gen_ai.usage.input_tokens']
      const output = row?.['gen_ai.usage.output_tokens']
      expect(input).toBeGreaterThan(0)
      if (row?.['stillwatch.operation'] !== 'embeddings.create') expect(output).toBeGreaterThan(0)
      expect(row?.['stillwatch.settled']).toEqual({
        input_tokens: input,
        output_tokens: output,
        from: 'reported',
      })
    }
    if (scenario.usage === 'asked') {
      expect(unasked).not.toHaveProperty('gen_ai.usage.input_tokens')
      expect(memberOf(unasked?.['stillwatch.settled'], 'from')).toBe('estimated')
    }
  })
})

describe('an error of the upstream', () => {
  it.each(failing.map((one) => [nameOf(one.scenario, one.model), one] as const))(
    '%s reaches the SDK untouched, as the same typed error',
    (_, { scenario, model, status }) => {
      const compared = comparedOf(scenario, model)
      const expected = scenario.sdk === 'google' && status === 401 ? 400 : status
      expect(compared.direct.error).toMatchObject({ status: expected, typed: true })
      expect(compared.untouched.error).toEqual(compared.direct.error)
      expect(compared.asking.error).toEqual(compared.direct.error)
      sameBytes(compared.untouched, compared.direct)
      expect(compared.asking.flight.bytes().toString()).toBe(
        compared.direct.flight.bytes().toString(),
      )
      const row = askingRows.get(compared.asking.flight.decision)
      expect(row).toMatchObject({
        'stillwatch.outcome': 'served',
        'http.response.status_code': expected,
        'stillwatch.upstream.status_code': expected,
        'stillwatch.settled': { input_tokens: 0, output_tokens: 0 },
      })
    },
  )
})
