import { expect, test } from 'vitest'
import { createConversations } from '../../../src/campaigns/link/conversations.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { someTraits } from '../../support/some-traits.ts'

const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 3, 22)
const key = (id: number, turn: number): number => (id * 1_000 + turn + 1) * 4_294_967 + 17
const call = (id: number, turn: number) =>
  someTraits({
    before: turn === 0 ? undefined : key(id, turn - 1),
    after: key(id, turn),
    root: turn === 0,
  })

test('a conversation that goes on under another entity is told once, at the call that moved it', () => {
  const seen = createConversations()
  const told = [1, 1, 2, 2, 2, 1].map((entity, turn) =>
    seen.observe(entity, NOW_MS + turn, call(7, turn), false),
  )
  expect(told).toEqual([undefined, undefined, 1, undefined, undefined, 2])
})

test('an entity that continues what it began is nothing, also after another took a branch of it', () => {
  const seen = createConversations()
  seen.observe(1, NOW_MS, call(7, 0), false)
  const branch = someTraits({ before: key(7, 0), after: key(8, 1), root: false })
  expect(seen.observe(2, NOW_MS + 1, branch, false)).toBe(1)
  expect(seen.observe(1, NOW_MS + 2, call(7, 1), false)).toBeUndefined()
})

test("the same opening of two entities is nobody's", () => {
  const seen = createConversations()
  for (const entity of [1, 2, 3]) seen.observe(entity, NOW_MS, call(7, 0), false)
  for (const entity of [1, 2, 3]) {
    const next = someTraits({ before: key(7, 0), after: key(100 + entity, 1), root: false })
    expect(seen.observe(entity, NOW_MS + 1, next, false)).toBeUndefined()
  }
})

test("a trajectory out of some documentation, played by many from its beginning, is nobody's", () => {
  const seen = createConversations()
  for (let entity = 0; entity < 50; entity++) {
    for (let turn = 0; turn < 12; turn++) {
      expect(seen.observe(entity, NOW_MS + entity, call(7, turn), false)).toBeUndefined()
    }
  }
})

test('the same call made again by a second entity is not handed over', () => {
  const seen = createConversations()
  seen.observe(1, NOW_MS, call(7, 0), false)
  seen.observe(1, NOW_MS + 1, call(7, 1), false)
  expect(seen.observe(2, NOW_MS + 2, call(7, 1), false)).toBeUndefined()
})

test('a conversation is remembered for two hours, one of twenty calls for a day', () => {
  const short = createConversations()
  short.observe(1, NOW_MS, call(7, 0), false)
  expect(short.observe(2, NOW_MS + 2.1 * HOUR_MS, call(7, 1), false)).toBeUndefined()
  const long = createConversations()
  for (let turn = 0; turn < 20; turn++) long.observe(1, NOW_MS, call(7, turn), false)
  expect(long.observe(2, NOW_MS + 20 * HOUR_MS, call(7, 20), false)).toBe(1)
  expect(long.observe(3, NOW_MS + 50 * HOUR_MS, call(7, 21), false)).toBeUndefined()
})

test('what proven entities do makes no edge and is the reference', () => {
  const seen = createConversations()
  seen.observe(1, NOW_MS, call(7, 0), true)
  expect(seen.observe(2, NOW_MS, call(7, 1), false)).toBeUndefined()
  seen.observe(3, NOW_MS, call(8, 0), false)
  expect(seen.observe(1, NOW_MS, call(8, 1), true)).toBeUndefined()
  expect(seen.observe(1, NOW_MS, call(8, 2), true)).toBeUndefined()
  expect(seen.reference()).toEqual({ continued: 2, handedOver: 1 })
})

/** Entity `proven` carries on so many conversations, its own or those of others. */
const carriesOn = (
  seen: ReturnType<typeof createConversations>,
  proven: number,
  calls: number,
  ofOthers: boolean,
): void => {
  for (let n = 0; n < calls; n++) {
    const id = proven * 10_000 + n
    seen.observe(ofOthers ? 900_000 : proven, NOW_MS, call(id, 0), !ofOthers)
    seen.observe(proven, NOW_MS, call(id, 1), true)
  }
}

test('one proven entity alone does not set what is usual', () => {
  const seen = createConversations()
  for (let proven = 1; proven <= 100; proven++) carriesOn(seen, proven, 20, false)
  expect(seen.reference()).toEqual({ continued: 2_000, handedOver: 0 })
  carriesOn(seen, 500, 5_000, true)
  const { continued, handedOver } = seen.reference()
  expect(continued).toBeGreaterThan(2_019)
  expect(continued).toBeLessThan(2_021)
  expect(handedOver / continued).toBeLessThan(0.011)
})

test('the reference fades by half in 14 days, and with the entity that is dropped', () => {
  const seen = createConversations()
  carriesOn(seen, 1, 4, true)
  carriesOn(seen, 2, 4, false)
  const laterMs = NOW_MS + 14 * 24 * HOUR_MS
  seen.observe(3, laterMs, call(77, 0), true)
  seen.observe(3, laterMs, call(77, 1), true)
  expect(seen.reference()).toEqual({ continued: 5, handedOver: 2 })
  seen.drop(1)
  expect(seen.reference()).toEqual({ continued: 3, handedOver: 0 })
})

test('calls without a conversation leave nothing', () => {
  const seen = createConversations()
  expect(seen.observe(1, NOW_MS, someTraits(), false)).toBeUndefined()
  expect(seen.size).toBe(0)
})

test('finds every hand-over among a hundred thousand conversations, and memory follows use', () => {
  const seen = createConversations()
  for (let id = 0; id < 100_000; id++) seen.observe(id, NOW_MS + id, call(id, 0), false)
  expect(seen.size).toBe(100_000)
  expect(seen.bytes / seen.size).toBeLessThan(50)
  for (let id = 0; id < 100_000; id += 97) {
    expect(seen.observe(200_000, NOW_MS + 100_000, call(id, 1), false)).toBe(id)
  }
})

test('a flood of conversations keeps within its memory and leaves the latest', () => {
  const seen = createConversations({ maxSlots: 1 << 13 })
  for (let id = 0; id < 100_000; id++) seen.observe(id, NOW_MS + id * 100, call(id, 0), false)
  expect(seen.bytes).toBe((1 << 13) * 16)
  expect(seen.observe(200_000, NOW_MS + 10_000_000, call(99_990, 1), false)).toBe(99_990)
  const atOnce = createConversations({ maxSlots: 1 << 13 })
  for (let id = 0; id < 100_000; id++) atOnce.observe(id, NOW_MS, call(id, 0), false)
  expect(atOnce.bytes).toBe((1 << 13) * 16)
})

test('what is saved comes back, and anything else starts empty', () => {
  const seen = createConversations()
  for (let id = 0; id < 5_000; id++) seen.observe(id, NOW_MS, call(id, 0), false)
  seen.observe(9_000, NOW_MS, call(4, 1), true)
  const saved = seen.save()
  const back = createConversations({ saved })
  expect(back.size).toBe(seen.size)
  expect(back.reference()).toEqual(seen.reference())
  expect(back.observe(6_000, NOW_MS + 1, call(4_321, 1), false)).toBe(4_321)
  for (const bad of [saved.slice(4), saved.slice(0, -3), new Uint8Array(16)]) {
    expect(createConversations({ saved: bad }).size).toBe(0)
  }
})

test('hostile bytes never throw and never grow beyond the limit', () => {
  const random = createSeededRandom(5)
  const seen = createConversations()
  for (let id = 0; id < 200; id++) seen.observe(id, NOW_MS, call(id, 0), false)
  const saved = seen.save()
  for (let n = 0; n < 500; n++) {
    const bytes = saved.slice()
    for (let i = 0; i < 8; i++) bytes[12 + random(bytes.length - 12)] = random(256)
    const back = createConversations({ saved: bytes, maxSlots: 256 })
    back.observe(1, NOW_MS, call(3, 1), false)
    expect(back.bytes).toBeLessThanOrEqual(256 * 16)
  }
})

test('an entity that is dropped leaves nothing to whoever gets its number', () => {
  const seen = createConversations()
  seen.observe(1, NOW_MS, call(7, 0), false)
  seen.observe(2, NOW_MS, call(8, 0), false)
  seen.drop(1)
  expect(seen.observe(3, NOW_MS, call(7, 1), false)).toBeUndefined()
  expect(seen.observe(3, NOW_MS, call(8, 1), false)).toBe(2)
})
