import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LedgerFailure, type Claim, type Taken } from '../../../src/core/ledger.ts'
import { answerTakes, createTakeBatch } from '../../../src/core/take-batch.ts'

const claim = (lo: number): Claim => ({
  hi: 1,
  lo,
  concurrent: false,
  window: { align: 'first_use', lengthMs: 60_000 },
  amount: 1,
  quota: 10,
  enforced: true,
})

/** Says yes with the claims' own numbers, so that an answer shows whose it is. */
const yes = (claims: readonly Claim[]): Taken => ({
  nowMs: 1_776_816_000_000,
  admitted: true,
  repaired: 0,
  readings: claims.map(({ lo }) => ({ used: lo, previous: 0, expiresMs: 5 })),
})

const usedIn = ({ readings }: Taken): readonly number[] => readings.map(({ used }) => used)

describe('calls that are asked together', () => {
  it('each get their own answer, whatever they are, and one question is asked for all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(1_000_000), { maxLength: 8 }), { minLength: 1, maxLength: 40 }),
        async (calls) => {
          let asked = 0
          const batch = createTakeBatch({
            head: 2,
            ask: async (claims, packed) => {
              asked++
              expect(claims.map(({ lo }) => lo)).toEqual(calls.flat())
              return answerTakes(packed.subarray(2), yes)
            },
          })
          const answers = calls.map((call) => batch.take(call.map(claim)))
          expect((await Promise.all(answers)).map(usedIn)).toEqual(calls)
          expect(asked).toBe(1)
        },
      ),
    )
  })

  it('are more questions where they have more claims than one may have', async () => {
    const sizes: number[] = []
    const batch = createTakeBatch({
      head: 0,
      ask: async (claims, packed) => {
        sizes.push(claims.length)
        return answerTakes(packed, yes)
      },
    })
    const many = Array.from({ length: 300 }, (_, at) => claim(at))
    await Promise.all([batch.take(many), batch.take(many), batch.take([claim(1)])])
    expect(sizes).toEqual([300, 301])
    await expect(batch.take([...many, ...many])).rejects.toMatchObject({ kind: 'refused' })
  })

  it('all fail where the answer is not as long as it must be', async () => {
    const batch = createTakeBatch({ head: 0, ask: async () => new Float64Array(11) })
    for (const asked of [batch.take([claim(1)]), batch.take([claim(2)])]) {
      await expect(asked).rejects.toMatchObject({ kind: 'nonsense' })
    }
  })

  it('fail alone where one answer is nonsense or there is no room', async () => {
    const batch = createTakeBatch({
      head: 0,
      ask: async (_claims, packed) => {
        const answers = answerTakes(packed, (claims) => {
          if (claims[0]?.lo === 2) throw new LedgerFailure('refused', 'no room')
          return yes(claims)
        })
        answers[1] = 7
        return answers
      },
    })
    const asked = [1, 2, 3].map((lo) => batch.take([claim(lo)]))
    expect(await Promise.allSettled(asked)).toMatchObject([
      { reason: { kind: 'nonsense' } },
      { reason: { kind: 'refused' } },
      { value: { admitted: true } },
    ])
  })
})
