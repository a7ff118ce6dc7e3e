import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Claim, Correction, CounterId, Reading, Window } from '../../src/core/ledger.ts'
import { usedAt } from '../../src/limits/window.ts'
import { aCounterId, type LedgerWorld } from '../support/ledger-world.ts'
import { createPlainLedger } from '../support/plain-ledger.ts'

type Limit = {
  readonly window: Window
  readonly concurrent: boolean
  readonly quota: number
  readonly enforced: boolean
}

const limit = (
  align: Window['align'],
  lengthMs: number,
  quota: number,
  over: Partial<Limit> = {},
): Limit => ({ window: { align, lengthMs }, concurrent: false, quota, enforced: true, ...over })

/** Short windows that end during a schedule, and long ones that do not. */
const LIMITS: readonly Limit[] = [
  limit('first_use', 15, 9),
  limit('utc', 12, 14),
  limit('rolling', 10, 12),
  limit('first_use', 3_600_000, 40),
  limit('utc', 86_400_000, 60),
  limit('rolling', 86_400_000, 50),
  limit('first_use', 60_000, 12, { enforced: false }),
  limit('first_use', 0, 4, { concurrent: true }),
]

type Step =
  | {
      readonly do: 'take'
      readonly by: 'one' | 'other'
      readonly limits: readonly number[]
      readonly amount: number
    }
  | { readonly do: 'correct'; readonly charge: number; readonly delta: number }
  | { readonly do: 'bring'; readonly limit: 3 | 6; readonly used: number }
  | { readonly do: 'hold'; readonly by: 'one' | 'other'; readonly running: number }
  | { readonly do: 'pass'; readonly ms: number }

const by = fc.constantFrom('one' as const, 'other' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      by,
      limits: fc.subarray(
        LIMITS.map((_, at) => at),
        { minLength: 1 },
      ),
      amount: fc.integer({ min: 0, max: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('correct' as const),
      charge: fc.nat(30),
      delta: fc.integer({ min: -8, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('bring' as const),
      limit: fc.constantFrom(3 as const, 6 as const),
      used: fc.integer({ min: -5, max: 9 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      by,
      running: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.integer({ min: 1, max: 9 }),
    }),
  },
)

/** As far as a reading says anything: what is over says nothing. */
const said = (reading: Reading | undefined, nowMs: number): Reading | undefined =>
  reading === undefined || (reading.expiresMs > 0 && reading.expiresMs <= nowMs)
    ? { used: 0, previous: 0, expiresMs: 0 }
    : reading

/**
 * Random schedules of two processes against {@link createPlainLedger}, which follows the time the
 * ledger answers with. A failure prints its seed and path.
 */
export const sharedLedgerSchedules = async (world: LedgerWorld): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const ids: readonly CounterId[] = LIMITS.map(aCounterId)
      const ledgers = { one: await world.as('one'), other: await world.as('other') }
      const plain = createPlainLedger()
      const charges: Correction[] = []
      for (const each of steps) {
        switch (each.do) {
          case 'pass':
            await world.pass(each.ms)
            break
          case 'take': {
            const claims = each.limits.flatMap((at): readonly Claim[] => {
              const [id, rule] = [ids[at], LIMITS[at]]
              if (id === undefined || rule === undefined) return []
              return [{ ...id, ...rule, amount: rule.concurrent ? 1 : each.amount }]
            })
            const taken = await ledgers[each.by].take(claims)
            const { nowMs } = taken
            const expected = plain.take(each.by, claims, nowMs)
            expect(taken.admitted).toBe(expected.admitted)
            expect(taken.readings.map((reading) => said(reading, nowMs))).toEqual(
              expected.readings.map((reading) => said(reading, nowMs)),
            )
            for (const [at, { window, concurrent, quota, amount }] of claims.entries()) {
              const { used, previous, expiresMs } = expected.readings[at] ?? plain.nothing
              const before = concurrent ? used : usedAt(window, used, previous, expiresMs, nowMs)
              const charged = expected.charges[at]
              if (charged === undefined) continue
              expect(before + amount).toBeLessThanOrEqual(quota)
              charges.push(charged)
            }
            break
          }
          case 'correct': {
            const charge = charges[each.charge % Math.max(1, charges.length)]
            if (charge === undefined || charge.concurrent) break
            await ledgers.other.correct([{ ...charge, delta: each.delta }])
            plain.correct('other', { ...charge, delta: each.delta })
            break
          }
          case 'bring': {
            const id = ids[each.limit]
            const known = id === undefined ? undefined : plain.reading(id)
            if (id === undefined || known === undefined) break
            const brought = { ...id, used: each.used, previous: 0, expiresMs: known.expiresMs }
            await ledgers.one.bring([brought])
            plain.bring(brought)
            break
          }
          case 'hold': {
            const id = ids.at(-1)
            if (id === undefined) break
            await ledgers[each.by].hold([{ ...id, running: each.running }])
            plain.hold(each.by, id, each.running)
            break
          }
        }
      }
    }),
    { numRuns: 120 },
  )
}
