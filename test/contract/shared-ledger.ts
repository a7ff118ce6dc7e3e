import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Claim, SharedLedger, Taken, Window } from '../../src/core/ledger.ts'
import { usedAt } from '../../src/limits/window.ts'
import { aCounterId, type LedgerWorld } from '../support/ledger-world.ts'
import { sharedLedgerSchedules } from './shared-ledger-schedules.ts'

/** Windows so long that none ends during a test. */
const FIRST_USE: Window = { align: 'first_use', lengthMs: 3_600_000 }
const ROLLING: Window = { align: 'rolling', lengthMs: 90 * 86_400_000 }

/** A claim on a counter of its own, of 1 out of 3 for an hour unless told. */
export const aClaim = (over: Partial<Claim> = {}): Claim => ({
  ...aCounterId(),
  concurrent: false,
  window: FIRST_USE,
  amount: 1,
  quota: 3,
  enforced: true,
  ...over,
})

const running = (over: Partial<Claim> = {}): Claim => aClaim({ concurrent: true, ...over })
const usedOf = ({ readings }: Taken): readonly number[] => readings.map(({ used }) => used)
const kindOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => 'done',
    (error: { readonly kind?: unknown }) => error.kind ?? error,
  )

/** What every ledger that processes share has to do. */
export const sharedLedgerSuite = (name: string, start: () => Promise<LedgerWorld>): void => {
  describe(`shared ledger: ${name}`, () => {
    let world: LedgerWorld
    let one: SharedLedger
    let other: SharedLedger
    beforeAll(async () => {
      world = await start()
      one = await world.as('one')
      other = await world.as('other')
    })
    afterAll(() => world.close())

    it('says how counters stood before a call, by its own time', async () => {
      const claim = aClaim({ amount: 2 })
      const first = await one.take([claim])
      expect(first).toMatchObject({ admitted: true, repaired: 0 })
      expect(first.readings).toEqual([{ used: 0, previous: 0, expiresMs: 0 }])
      const second = await other.take([claim])
      expect(second.admitted).toBe(false)
      expect(second.readings).toEqual([
        { used: 2, previous: 0, expiresMs: first.nowMs + FIRST_USE.lengthMs },
      ])
    })

    it('takes all claims or none', async () => {
      const [roomy, tight] = [aClaim({ quota: 100 }), aClaim({ quota: 1 })]
      expect((await one.take([roomy, tight])).admitted).toBe(true)
      expect((await other.take([roomy, tight])).admitted).toBe(false)
      expect(usedOf(await one.read([roomy, tight]))).toEqual([1, 1])
    })

    it('lets a claim that is not enforced refuse nothing, and charges it only where it fits', async () => {
      const [real, shadow] = [aClaim(), aClaim({ quota: 1, enforced: false })]
      expect((await one.take([real, shadow])).admitted).toBe(true)
      expect((await one.take([real, shadow])).admitted).toBe(true)
      expect(usedOf(await one.read([real, shadow]))).toEqual([2, 1])
    })

    it('charges nothing where it only reads', async () => {
      const claims = [aClaim(), running()]
      await one.read(claims)
      expect(usedOf(await other.read(claims))).toEqual([0, 0])
    })

    it('never fits into a quota of nothing, or one that is no number', async () => {
      for (const quota of [0, -1, Number.NaN]) {
        const claim = aClaim({ amount: 0, quota })
        expect((await one.take([claim])).admitted).toBe(false)
        expect(usedOf(await one.read([claim]))).toEqual([0])
      }
    })

    it('admits calls without claims', async () => {
      expect(await one.take([])).toMatchObject({ admitted: true, readings: [] })
    })

    it('never passes a quota, however many ask at once in two processes', async () => {
      const claim = aClaim({ quota: 50 })
      const taken = await Promise.all(
        Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? one : other).take([claim])),
      )
      expect(taken.filter(({ admitted }) => admitted)).toHaveLength(50)
      expect(usedOf(await one.read([claim]))).toEqual([50])
    })

    it('begins a window anew when it is over', async () => {
      const claim = aClaim({ quota: 1, window: { align: 'first_use', lengthMs: 40 } })
      await one.take([claim])
      expect((await one.take([claim])).admitted).toBe(false)
      await world.pass(45)
      expect((await one.take([claim])).admitted).toBe(true)
    })

    it('lets a rolling window slide free as its own arithmetic says', async () => {
      const window: Window = { align: 'rolling', lengthMs: 400 }
      const claim = aClaim({ amount: 3, quota: 10, window })
      await one.take([{ ...claim, amount: 10 }])
      const sliding: boolean[] = []
      for (let round = 0; round < 200 && !sliding.includes(true); round++) {
        await world.pass(8)
        const { nowMs, admitted, readings } = await other.take([claim])
        const { used = 0, previous = 0, expiresMs = 0 } = readings[0] ?? {}
        expect(admitted).toBe(usedAt(window, used, previous, expiresMs, nowMs) <= 7)
        if (nowMs >= expiresMs - window.lengthMs) sliding.push(admitted)
      }
      expect(sliding).toContain(false)
    })

    it('lets no window last longer than its length from the last charge', async () => {
      const claim = aClaim({ quota: 99 })
      const { nowMs } = await one.read([claim])
      const longMs = nowMs + 2 * FIRST_USE.lengthMs
      await one.bring([{ ...claim, used: 5, previous: 0, expiresMs: longMs }])
      const charged = await one.take([claim])
      expect(charged.readings).toEqual([{ used: 5, previous: 0, expiresMs: longMs }])
      expect((await other.read([claim])).readings).toEqual([
        { used: 6, previous: 0, expiresMs: charged.nowMs + FIRST_USE.lengthMs },
      ])
    })

    it('corrects a charge in its own window only', async () => {
      const claim = aClaim({ amount: 5, quota: 9 })
      const { nowMs } = await one.take([claim])
      const expiresMs = nowMs + FIRST_USE.lengthMs
      await other.correct([{ ...claim, expiresMs, delta: -3 }])
      await one.correct([{ ...claim, expiresMs: expiresMs + 1, delta: -1 }])
      expect(usedOf(await one.read([claim]))).toEqual([2])
      await one.correct([{ ...claim, expiresMs, delta: 20 }])
      expect(usedOf(await one.read([claim]))).toEqual([22])
      await one.correct([{ ...claim, expiresMs, delta: -100 }])
      expect(usedOf(await one.read([claim]))).toEqual([0])
    })

    it('makes no counter out of a correction', async () => {
      const claim = aClaim()
      await one.correct([{ ...claim, expiresMs: 0, delta: 2 }])
      await one.correct([{ ...claim, concurrent: true, ...aCounterId(), expiresMs: 0, delta: -1 }])
      expect(usedOf(await one.read([claim]))).toEqual([0])
    })

    it('counts running calls of all processes and takes them back one by one', async () => {
      const claim = running({ quota: 3 })
      await one.take([claim])
      await one.take([claim])
      await other.take([claim])
      expect((await other.take([claim])).admitted).toBe(false)
      await one.correct([{ ...claim, expiresMs: 0, delta: -1 }])
      expect((await other.take([claim])).readings).toEqual([{ used: 2, previous: 0, expiresMs: 0 }])
      // It gives back no more than it has.
      await one.correct([{ ...claim, expiresMs: 0, delta: -5 }])
      expect(usedOf(await one.read([claim]))).toEqual([2])
    })

    it('lets a process say anew how many of its calls run', async () => {
      const claim = running({ quota: 10 })
      await one.take([claim])
      await other.take([claim])
      await one.hold([{ ...claim, running: 4 }])
      expect(usedOf(await other.read([claim]))).toEqual([5])
      await one.hold([{ ...claim, running: 0 }])
      await one.hold([])
      expect(usedOf(await other.read([claim]))).toEqual([1])
    })

    it('lets running calls fall back that nobody holds, and keeps those that are held', async () => {
      const claim = running({ quota: 10 })
      await one.take([claim])
      await other.take([claim])
      await world.pass(world.leaseMs * 0.6)
      await one.hold([{ ...claim, running: 1 }])
      await world.pass(world.leaseMs * 0.6)
      expect(usedOf(await one.read([claim]))).toEqual([1])
      await world.pass(world.leaseMs)
      expect(usedOf(await one.read([claim]))).toEqual([0])
    })

    it('adds what is brought in the same window, and sets a counter it does not know', async () => {
      const [known, unknown] = [aClaim({ quota: 99 }), aClaim({ quota: 99 })]
      const { nowMs } = await one.take([known])
      const expiresMs = nowMs + FIRST_USE.lengthMs
      await other.bring([
        { ...known, used: 5, previous: 0, expiresMs },
        { ...unknown, used: 7, previous: 2, expiresMs },
        { ...aCounterId(), used: 7, previous: 2, expiresMs: nowMs - 1 },
      ])
      expect((await one.read([known, unknown])).readings).toEqual([
        { used: 6, previous: 0, expiresMs },
        { used: 7, previous: 2, expiresMs },
      ])
      await other.bring([{ ...known, used: -50, previous: 0, expiresMs }])
      expect(usedOf(await one.read([known]))).toEqual([0])
    })

    it('loses nothing of what is brought in another window', async () => {
      const claim = aClaim({ quota: 99, amount: 4 })
      const { nowMs } = await one.take([claim])
      await other.bring([{ ...claim, used: 5, previous: 0, expiresMs: nowMs + 60_000 }])
      expect(usedOf(await one.read([claim]))).toEqual([9])
    })

    it('remembers amounts as large as they come', async () => {
      const quota = Number.MAX_SAFE_INTEGER
      const claim = aClaim({ amount: quota - 1, quota, window: ROLLING })
      expect((await one.take([claim])).admitted).toBe(true)
      expect((await one.take([{ ...claim, amount: 2 }])).admitted).toBe(false)
      expect((await one.take([{ ...claim, amount: 1 }])).admitted).toBe(true)
      expect(usedOf(await one.read([claim]))).toEqual([quota])
    })

    it('carries out what one process asks in its order', async () => {
      const claim = aClaim({ quota: 1 })
      const taken = one.take([claim])
      const read = one.read([claim])
      const held = running({ quota: 9 })
      const charged = one.take([held])
      const saidAnew = one.hold([{ ...held, running: 3 }])
      expect(usedOf(await read)).toEqual([1])
      await Promise.all([taken, charged, saidAnew])
      expect(usedOf(await other.read([held]))).toEqual([3])
    })

    it('agrees with a plain reference on any schedule', async () => {
      await sharedLedgerSchedules(world)
    })

    it('says how long it has remembered, which begins anew with a lost memory', async () => {
      const first = await one.open()
      await world.pass(300)
      await one.hold([])
      const later = await other.open()
      expect(later.word).toBe(first.word)
      expect(later.ageMs).toBeGreaterThanOrEqual(first.ageMs + 299)
      await world.forget()
      const next = await one.open()
      expect(next.word).not.toBe(first.word)
      expect(next.ageMs).toBeGreaterThanOrEqual(0)
      expect(next.ageMs).toBeLessThan(later.ageMs)
      await other.open()
    })

    it('refuses everything once it has lost its memory, until it is opened anew', async () => {
      const claim = aClaim()
      const { word } = await one.open()
      expect((await other.open()).word).toBe(word)
      await one.take([claim])
      await world.forget()
      expect(await kindOf(one.take([claim]))).toBe('forgotten')
      expect(await kindOf(one.read([claim]))).toBe('forgotten')
      expect(await kindOf(one.hold([{ ...claim, running: 1 }]))).toBe('forgotten')
      expect(await kindOf(one.correct([{ ...claim, expiresMs: 1, delta: -1 }]))).toBe('forgotten')
      const brought = { ...claim, used: 1, previous: 0, expiresMs: Date.now() + 60_000 }
      expect(await kindOf(one.bring([brought]))).toBe('forgotten')
      const { word: next } = await one.open()
      expect(next).not.toBe(word)
      expect(usedOf(await one.read([claim]))).toEqual([0])
      expect(await kindOf(other.take([claim]))).toBe('forgotten')
      expect((await other.open()).word).toBe(next)
      expect((await other.take([claim])).admitted).toBe(true)
    })
  })
}
