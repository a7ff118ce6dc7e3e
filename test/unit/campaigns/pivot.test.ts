import { expect, test } from 'vitest'
import { createPivot, type Pivot } from '../../../src/campaigns/judge/pivot.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START_MS = Date.UTC(2026, 3, 1)
const RELEASED_MS = START_MS + 10 * DAY_MS
const PROVEN = [991, 992, 993, 994, 995] as const
const pool = new Set(Array.from({ length: 40 }, (_, n) => n))
const crowd = Array.from({ length: 200 }, (_, n) => 100 + n)

const callBy = (pivot: Pivot, proven: readonly number[], atMs: number, model: string): void => {
  for (const entity of proven) pivot.observe(entity, atMs, model, true)
}

/** Everybody calls the old model; after the release these shares of their calls go to the new one. */
const released = (pivot: Pivot, poolShare: number, crowdShare: number): void => {
  for (const entity of [...pool, ...crowd]) pivot.observe(entity, START_MS, 'old', false)
  for (const entity of PROVEN) pivot.observe(entity, START_MS, 'old', true)
  callBy(pivot, PROVEN, RELEASED_MS, 'new')
  for (let call = 0; call < 20; call++) {
    const atMs = RELEASED_MS + (call + 1) * HOUR_MS
    for (const entity of pool)
      pivot.observe(entity, atMs, call < 20 * poolShare ? 'new' : 'old', false)
    for (const entity of crowd)
      pivot.observe(entity, atMs, call < 20 * crowdShare ? 'new' : 'old', false)
  }
}

test('tells how a group and everybody else met a release', () => {
  const pivot = createPivot()
  released(pivot, 0.6, 0.1)
  expect(pivot.of(pool, RELEASED_MS + DAY_MS)).toEqual({
    model: 'new',
    entities: 40,
    moved: expect.closeTo(0.6, 6),
    othersEntities: 201,
    // The fifth proven one counts from its own call on.
    othersMoved: expect.closeTo((200 * 0.1 + 1) / 201, 6),
  })
})

test('calls later than a day after it, and entities that came with it, do not count', () => {
  const pivot = createPivot()
  released(pivot, 0.5, 0.1)
  for (const entity of pool) pivot.observe(entity, RELEASED_MS + 25 * HOUR_MS, 'new', false)
  pivot.observe(5_000, RELEASED_MS + HOUR_MS, 'new', false)
  expect(pivot.of(pool, RELEASED_MS + 2 * DAY_MS)?.moved).toBeCloseTo(0.5, 6)
  expect(pivot.of(new Set([5_000]), RELEASED_MS + 2 * DAY_MS)).toBeUndefined()
})

test('models of the first two days, and names that no proven entity calls, are no releases', () => {
  const pivot = createPivot()
  pivot.observe(1, START_MS, 'old', false)
  callBy(pivot, PROVEN, START_MS, 'old')
  callBy(pivot, PROVEN, START_MS + DAY_MS, 'other')
  callBy(pivot, PROVEN, RELEASED_MS, 'other')
  for (let n = 0; n < 500; n++) pivot.observe(1, RELEASED_MS + n, `invented-${n}`, false)
  expect(pivot.of(new Set([1]), RELEASED_MS + HOUR_MS)).toBeUndefined()
  for (let n = 0; n < 500; n++) pivot.observe(1, RELEASED_MS + n, 'old', false)
  callBy(pivot, PROVEN, RELEASED_MS + HOUR_MS, 'new')
  pivot.observe(1, RELEASED_MS + 2 * HOUR_MS, 'new', false)
  expect(pivot.of(new Set([1]), RELEASED_MS + 3 * HOUR_MS)?.moved).toBe(1)
})

test('one proven entity opens no release, whatever names it sends and however often', () => {
  const pivot = createPivot()
  pivot.observe(1, START_MS, 'old', false)
  for (let n = 0; n < 500; n++) {
    callBy(pivot, PROVEN.slice(0, 4), RELEASED_MS + n, `invented-${n % 100}`)
    pivot.observe(1, RELEASED_MS + n, `invented-${n % 100}`, false)
  }
  expect(pivot.of(new Set([1]), RELEASED_MS + HOUR_MS)).toBeUndefined()
})

test('a release stands, and old models stay old, after a proven entity sent a thousand names', () => {
  const pivot = createPivot()
  released(pivot, 0.6, 0.1)
  const flood = (atMs: number, name: string): void => {
    for (let n = 0; n < 1_000; n++) pivot.observe(PROVEN[0], atMs + n, `${name}-${n}`, true)
  }
  flood(RELEASED_MS + 2 * HOUR_MS, 'flood')
  expect(pivot.of(pool, RELEASED_MS + DAY_MS)?.model).toBe('new')
  callBy(pivot, PROVEN, RELEASED_MS + 2 * DAY_MS, 'old')
  for (const entity of pool) pivot.observe(entity, RELEASED_MS + 2 * DAY_MS + 1, 'old', false)
  expect(pivot.of(pool, RELEASED_MS + 3 * DAY_MS)?.model).toBe('new')
  flood(RELEASED_MS + 3 * DAY_MS, 'more')
  for (const _ of [1, 2]) callBy(pivot, PROVEN, RELEASED_MS + 4 * DAY_MS, 'newer')
  pivot.observe(1, RELEASED_MS + 4 * DAY_MS + 1, 'newer', false)
  for (const entity of crowd) pivot.observe(entity, RELEASED_MS + 4 * DAY_MS + 1, 'old', false)
  expect(pivot.of(new Set([1]), RELEASED_MS + 5 * DAY_MS)?.model).toBe('newer')
})

test('a model that others called for days before is no release', () => {
  const pivot = createPivot()
  for (const entity of pool) pivot.observe(entity, START_MS, 'old', false)
  for (const entity of pool) pivot.observe(entity, RELEASED_MS, 'cheap', false)
  callBy(pivot, PROVEN, RELEASED_MS + 4 * DAY_MS, 'cheap')
  for (const entity of pool) pivot.observe(entity, RELEASED_MS + 4 * DAY_MS + 1, 'cheap', false)
  expect(pivot.of(pool, RELEASED_MS + 5 * DAY_MS)).toBeUndefined()
})

test('an early call by somebody unproven does not hide a release', () => {
  const pivot = createPivot()
  for (const entity of pool) pivot.observe(entity, START_MS, 'old', false)
  for (const entity of pool) pivot.observe(entity, RELEASED_MS, 'new', false)
  callBy(pivot, PROVEN, RELEASED_MS + DAY_MS, 'new')
  for (const entity of pool) pivot.observe(entity, RELEASED_MS + DAY_MS + 1, 'new', false)
  expect(pivot.of(pool, RELEASED_MS + 2 * DAY_MS)).toMatchObject({ model: 'new', entities: 40 })
})

test('the fine-tune of an account is no release', () => {
  const pivot = createPivot()
  pivot.observe(1, START_MS, 'old', false)
  callBy(pivot, PROVEN, RELEASED_MS, 'ft:old:org::a1')
  pivot.observe(1, RELEASED_MS + 1, 'ft:old:org::a1', false)
  expect(pivot.of(new Set([1]), RELEASED_MS + HOUR_MS)).toBeUndefined()
})

test('of many releases those stay that most went to', () => {
  const pivot = createPivot()
  released(pivot, 0.6, 0.1)
  for (let n = 0; n < 10; n++) {
    callBy(pivot, PROVEN, RELEASED_MS + DAY_MS + n * HOUR_MS, `small-${n}`)
    pivot.observe(PROVEN[0], RELEASED_MS + DAY_MS + n * HOUR_MS + 1, `small-${n}`, true)
  }
  expect(pivot.of(pool, RELEASED_MS + 2 * DAY_MS)?.model).toBe('new')
})

test('is forgotten after 14 days, and so is an entity that is dropped', () => {
  const pivot = createPivot()
  released(pivot, 0.6, 0.1)
  pivot.drop(3)
  expect(pivot.of(pool, RELEASED_MS + DAY_MS)?.entities).toBe(39)
  expect(pivot.of(pool, RELEASED_MS + 14 * DAY_MS)).toBeUndefined()
})

test('what is saved comes back, and anything else starts empty', () => {
  const pivot = createPivot()
  released(pivot, 0.6, 0.1)
  const saved = pivot.save()
  const back = createPivot({ saved })
  const nowMs = RELEASED_MS + DAY_MS
  expect(back.of(pool, nowMs)).toEqual(pivot.of(pool, nowMs))
  expect(back.save()).toEqual(saved)
  const random = createSeededRandom(3)
  for (let n = 0; n < 500; n++) {
    const bytes = saved.slice(0, n % 2 === 0 ? saved.length : random(saved.length))
    for (let i = 0; i < 3; i++) bytes[random(bytes.length)] = random(256)
    const odd = createPivot({ saved: bytes })
    odd.observe(1, nowMs, 'new', true)
    expect(odd.of(pool, nowMs)?.moved ?? 0).toBeLessThanOrEqual(1)
  }
})
