import { describe, expect, it } from 'vitest'
import type { RecordedLimit } from '../../../src/core/recorded-call.ts'
import { decide } from '../../../src/policy/decide.ts'
import { createLimitForecast, type LimitForecast } from '../../../src/policy/limit-forecast.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { someFacts } from '../../support/an-event.ts'

const limit = (more: string): string =>
  `limits: [{ id: l, per: [account.id], count: requests, window: 1m, ${more} }]`

const met = (changes: Partial<RecordedLimit> = {}): RecordedLimit => ({
  limit: 'l',
  enforced: true,
  quota: 100,
  cost: 1,
  remaining: 40,
  exceeded: false,
  ...changes,
})

const forecast = (
  before: string,
  after: string,
  recorded: readonly RecordedLimit[],
): readonly LimitForecast[] => {
  const [was, would] = [aPolicy(before), aPolicy(after)]
  return createLimitForecast(was, would)(
    decide(was, someFacts()).demands,
    decide(would, someFacts()).demands,
    recorded,
  )
}

const REFUSED = [{ limit: 'l', outcome: 'refused' }]
const UNJUDGED = [{ limit: 'l', outcome: 'unjudged' }]

describe('what a changed limit would have done', () => {
  it.each([
    ['a smaller quota that was used up', 'quota: 100', 'quota: 59', met(), REFUSED],
    ['a smaller quota that was not', 'quota: 100', 'quota: 60', met(), []],
    ['a larger quota', 'quota: 100', 'quota: 200', met({ remaining: 0 }), []],
    [
      'a limit that counted only and had no room',
      'quota: 100, mode: shadow',
      'quota: 100',
      met({ enforced: false, remaining: 0, exceeded: true }),
      REFUSED,
    ],
    [
      'a limit that counted only and had room',
      'quota: 100, mode: shadow',
      'quota: 100',
      met({ enforced: false }),
      [],
    ],
    [
      'a limit that had refused the call already',
      'quota: 100',
      'quota: 50',
      met({ remaining: 0, exceeded: true }),
      [],
    ],
    [
      'one that only counts from now on',
      'quota: 100',
      'quota: 1, mode: shadow',
      met({ remaining: 0 }),
      [],
    ],
    [
      'a counter that the record does not hold',
      'quota: 100, mode: off',
      'quota: 100',
      undefined,
      UNJUDGED,
    ],
    ['another counter of the same name', 'quota: 100', 'quota: 100, align: utc', met(), UNJUDGED],
  ])('%s', (_, before, after, recorded, expected) => {
    const states = recorded === undefined ? [] : [recorded]
    expect(forecast(limit(before), limit(after), states)).toEqual(expected)
  })
})
