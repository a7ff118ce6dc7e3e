import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clearance, ClearanceLedger } from '../../src/core/challenge.ts'
import { MAX_CLEARANCES_OF_SUBJECT, SubjectFull } from '../../src/core/subject-full.ts'
import { aClearance, aClearanceId } from '../support/a-clearance.ts'
import { until } from '../support/wait.ts'

/** A place where clearances are kept, as a suite needs it. */
export type ClearanceWorld = {
  /** The ledger as two askers see it; the same one where only one can ask. */
  readonly one: ClearanceLedger
  readonly other: ClearanceLedger
  close(): Promise<void>
}

let subjects = 0
/** A subject nobody used before. */
const someone = (): string => `a:contract_${++subjects}`

const soon = (): number => Date.now() + 60_000
const byId = (some: readonly Clearance[]): Clearance[] =>
  some.toSorted((one, other) => (one.id < other.id ? -1 : 1))

/** What every ledger of clearances has to do. */
export const clearanceLedgerSuite = (
  name: string,
  start: () => Promise<ClearanceWorld> | ClearanceWorld,
): void => {
  describe(`clearance ledger: ${name}`, () => {
    let world: ClearanceWorld
    let one: ClearanceLedger
    let other: ClearanceLedger
    beforeAll(async () => {
      world = await start()
      ;({ one, other } = world)
    })
    afterAll(() => world.close())

    it('writes a clearance down once, whatever is claimed under its id later', async () => {
      const clearance = aClearance({ subject: someone() })
      expect(await one.claim(clearance, soon())).toBe('claimed')
      expect(await one.claim(clearance, soon())).toBe('spent')
      expect(await other.claim({ ...clearance, state: 'refused' }, soon())).toBe('spent')
      expect(await other.of(clearance.subject)).toEqual([clearance])
    })

    it('keeps every field of a clearance', async () => {
      const subject = `c:${'x'.repeat(22)}`
      const full = aClearance({
        subject,
        kind: 'step_up',
        bound: { network: 'net_work-1', asn: 4_294_967_295, credential: 'credential-hash' },
        facts: {
          'account.verified': 'business',
          'account.status': 'closed',
          'payment.verified': false,
        },
      })
      const { decision: _decision, ...bare } = aClearance({ subject, state: 'refused', facts: {} })
      const zero = aClearance({ subject, bound: { asn: 0 }, kind: 'human' })
      for (const clearance of [full, bare, zero]) {
        expect(await one.claim(clearance, soon())).toBe('claimed')
      }
      expect(byId(await other.of(subject))).toStrictEqual(byId([full, bare, zero]))
    })

    it('keeps a subject with the longest and strangest name an account can have', async () => {
      for (const subject of [`a:${'"\\'.repeat(128)}`, 'a:{}', 'a:*', 'a:a:b', 'c:a:b']) {
        const clearance = aClearance({ subject })
        expect(await one.claim(clearance, soon())).toBe('claimed')
        expect(await other.of(subject)).toEqual([clearance])
      }
    })

    it('says expired to what was answered too late, and to a clearance that has run out', async () => {
      const subject = someone()
      const late = aClearance({ subject })
      expect(await one.claim(late, Date.now() - 1)).toBe('expired')
      expect(await one.claim(late, 0)).toBe('expired')
      expect(await one.claim(late, Number.NaN)).toBe('expired')
      expect(await one.claim({ ...late, expiresMs: Date.now() - 1 }, soon())).toBe('expired')
      expect(await one.of(subject)).toEqual([])
      expect(await one.claim(late, soon())).toBe('claimed')
    })

    it('says expired rather than spent to a spent one that came too late', async () => {
      const clearance = aClearance({ subject: someone() })
      await one.claim(clearance, soon())
      expect(await other.claim(clearance, Date.now() - 1)).toBe('expired')
    })

    it('knows nothing of whom it was told nothing', async () => {
      expect(await one.of(someone())).toEqual([])
    })

    it('writes down what is put, whether its id stands there or not', async () => {
      const subject = someone()
      const clearance = aClearance({ subject })
      await one.claim(clearance, soon())
      const revoked: Clearance = { ...clearance, state: 'revoked', atMs: clearance.atMs + 5 }
      const made = aClearance({ subject, kind: 'step_up' })
      await other.put(revoked)
      await one.put(made)
      expect(byId(await one.of(subject))).toEqual(byId([revoked, made]))
      expect(await other.claim(clearance, soon())).toBe('spent')
      expect(await one.claim(made, soon())).toBe('spent')
    })

    it('leaves out what has run out since', async () => {
      const subject = someone()
      const atMs = Date.now()
      const brief = aClearance({ subject, atMs, expiresMs: atMs + 400 })
      const lasting = aClearance({ subject, atMs })
      await one.claim(lasting, soon())
      await one.claim(brief, soon())
      await until('the brief one to run out', async () => (await other.of(subject)).length === 1)
      expect(await one.of(subject)).toEqual([lasting])
      expect(Date.now()).toBeGreaterThanOrEqual(brief.expiresMs)
    })

    it('keeps the long one of a subject when a brief one comes after it', async () => {
      const subject = someone()
      const atMs = Date.now()
      const lasting = aClearance({ subject, atMs })
      await one.claim(lasting, soon())
      await one.claim(aClearance({ subject, atMs, expiresMs: atMs + 50 }), soon())
      await until('the brief one to run out', async () => (await one.of(subject)).length === 1)
      expect(await one.claim(lasting, soon())).toBe('spent')
    })

    it('lets one of many simultaneous claims have it', async () => {
      const clearance = aClearance({ subject: someone() })
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, at) =>
          (at % 2 === 0 ? one : other).claim({ ...clearance, atMs: clearance.atMs + at }, soon()),
        ),
      )
      expect(outcomes.filter((outcome) => outcome === 'claimed')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'spent')).toHaveLength(59)
      expect(await one.of(clearance.subject)).toHaveLength(1)
    })

    it('keeps no more than so many of a subject, and finds room again for an operator', async () => {
      const subject = someone()
      const claims = Array.from({ length: MAX_CLEARANCES_OF_SUBJECT }, () =>
        aClearance({ subject }),
      )
      for (const clearance of claims) expect(await one.claim(clearance, soon())).toBe('claimed')
      const further = aClearance({ subject })
      await expect(other.claim(further, soon())).rejects.toBeInstanceOf(SubjectFull)
      await expect(other.claim(further, soon())).rejects.toMatchObject({ kind: 'refused' })
      expect(await one.claim(claims[0] ?? further, soon())).toBe('spent')
      const confirmed = aClearance({ subject, kind: 'step_up' })
      expect(await other.claim(confirmed, soon())).toBe('claimed')
      const made = aClearance({ subject, kind: 'step_up' })
      await one.put(made)
      expect(await other.of(subject)).toContainEqual(made)
      expect(await one.claim(aClearance({ subject: someone() }), soon())).toBe('claimed')
    })

    it('has room for a further one once others have run out', async () => {
      const subject = someone()
      const expiresMs = Date.now() + 700
      const id = aClearanceId()
      for (let at = 0; at < MAX_CLEARANCES_OF_SUBJECT; at++) {
        await one.claim(aClearance({ subject, expiresMs }), soon())
      }
      const further = aClearance({ subject, id })
      const outcome = await until('room', () => other.claim(further, soon()).catch(() => false))
      expect(outcome).toBe('claimed')
      expect(await one.of(subject)).toEqual([further])
    })
  })
}
