import { expect, test } from 'vitest'
import { createStrongEdges, type StrongEdges } from '../../../src/campaigns/link/strong-edges.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 3, 22)
const pool = (edges: StrongEdges, members: number, tasks: number, seed = 1): void => {
  const random = createSeededRandom(seed)
  for (let task = 0; task < tasks; task++) {
    edges.add(random(members), random(members), 'task', NOW_MS, 1_000 + task)
  }
}

test('a stream of repeated tasks joins the accounts of a pool', () => {
  const edges = createStrongEdges()
  pool(edges, 100, 400)
  const [component, ...others] = edges.components(NOW_MS, { minEntities: 25 })
  expect(others).toEqual([])
  expect(component?.entities.length).toBeGreaterThan(95)
  expect(component?.distinctTasks).toBeGreaterThan(350)
  expect(component?.handedOver).toBe(0)
})

test('a class that shares two assignments is no group', () => {
  const edges = createStrongEdges()
  for (let student = 1; student < 60; student++) {
    edges.add(0, student, 'task', NOW_MS, student % 2)
    edges.add(student - 1, student, 'task', NOW_MS, student % 2)
  }
  edges.add(3, 4, 'handover', NOW_MS)
  expect(edges.components(NOW_MS, { minEntities: 2 })).toEqual([])
})

test('a task that more than 64 entities asked joins nobody and counts nowhere', () => {
  const edges = createStrongEdges()
  for (let task = 0; task < 40; task++) {
    for (let other = 1; other <= 70; other++) edges.add(0, other, 'task', NOW_MS, task)
  }
  expect(edges.components(NOW_MS, { minEntities: 2 })).toEqual([])
  const all = new Set(Array.from({ length: 71 }, (_, n) => n))
  expect(edges.within(all, NOW_MS)).toEqual({ handedOver: 0, repeatedTasks: 0, distinctTasks: 0 })
})

test('a meeting place of conversations does not merge the world', () => {
  const edges = createStrongEdges()
  for (let other = 1; other <= 500; other++) edges.add(0, other, 'handover', NOW_MS)
  expect(edges.components(NOW_MS, { minEntities: 2 })).toEqual([])
})

test('conversations that wander join', () => {
  const edges = createStrongEdges()
  for (let n = 0; n < 30; n++) edges.add(n, (n + 1) % 30, 'handover', NOW_MS)
  const [component] = edges.components(NOW_MS, { minEntities: 25 })
  expect(component?.entities).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(component?.handedOver).toBe(30)
  expect(edges.components(NOW_MS, { minEntities: 31 })).toEqual([])
})

test('edges fade: hand-overs by half in 14 days, tasks after 14', () => {
  const edges = createStrongEdges()
  for (let n = 0; n < 40; n++) edges.add(n, n + 1, 'handover', NOW_MS)
  for (let n = 0; n < 40; n++) edges.add(n, n + 1, 'task', NOW_MS, n)
  const all = new Set(Array.from({ length: 41 }, (_, n) => n))
  expect(edges.within(all, NOW_MS)).toEqual({
    handedOver: 40,
    repeatedTasks: 40,
    distinctTasks: 40,
  })
  expect(edges.within(all, NOW_MS + 14 * DAY_MS)).toEqual({
    handedOver: 20,
    repeatedTasks: 40,
    distinctTasks: 40,
  })
  expect(edges.within(all, NOW_MS + 20 * DAY_MS).distinctTasks).toBe(0)
  expect(edges.components(NOW_MS + 60 * DAY_MS, { minEntities: 2 })).toEqual([])
})

test('only what both ends of an edge belong to is counted', () => {
  const edges = createStrongEdges()
  edges.add(1, 2, 'handover', NOW_MS)
  edges.add(2, 3, 'handover', NOW_MS)
  edges.add(1, 2, 'task', NOW_MS, 9)
  edges.add(1, 1, 'handover', NOW_MS)
  expect(edges.within(new Set([1, 2]), NOW_MS)).toEqual({
    handedOver: 1,
    repeatedTasks: 1,
    distinctTasks: 1,
  })
  edges.add(2, 1, 'task', NOW_MS, 10)
  expect(edges.within(new Set([1, 2]), NOW_MS).distinctTasks).toBe(2)
})

test('a task that turns out public is forgotten', () => {
  const edges = createStrongEdges()
  edges.add(1, 2, 'task', NOW_MS, 9)
  edges.forget(9)
  edges.add(1, 2, 'task', NOW_MS, 9)
  expect(edges.within(new Set([1, 2]), NOW_MS).distinctTasks).toBe(0)
  expect(edges.size).toBe(0)
})

test('tasks that turn out public are taken out of the edges together', () => {
  const edges = createStrongEdges()
  for (let n = 0; n < 40; n++) edges.add(n, n + 1, 'task', NOW_MS, n)
  edges.add(1, 2, 'handover', NOW_MS)
  const all = new Set(Array.from({ length: 41 }, (_, n) => n))
  expect(edges.within(all, NOW_MS).distinctTasks).toBe(40)
  for (let task = 0; task < 39; task++) edges.forget(task)
  // Nothing was walked yet.
  expect(edges.size).toBe(40)
  expect(edges.components(NOW_MS, { minEntities: 3 })).toEqual([])
  expect(edges.size).toBe(2)
  expect(edges.within(all, NOW_MS)).toEqual({ handedOver: 1, repeatedTasks: 1, distinctTasks: 1 })
  edges.forget(39)
  expect(createStrongEdges({ saved: edges.save() }).size).toBe(1)
})

test('keeps as many pairs as it may, the latest', () => {
  const edges = createStrongEdges({ maxEdges: 10 })
  for (let n = 0; n < 100; n++) edges.add(n, n + 1, 'handover', NOW_MS + n)
  expect(edges.size).toBe(10)
  expect(edges.within(new Set([99, 100]), NOW_MS).handedOver).toBe(1)
  expect(edges.within(new Set([0, 1]), NOW_MS).handedOver).toBe(0)
})

test('what is saved comes back the same, and anything else starts empty', () => {
  const edges = createStrongEdges()
  pool(edges, 60, 200)
  for (let n = 0; n < 40; n++) edges.add(n, n + 1, 'handover', NOW_MS - n * DAY_MS)
  const saved = edges.save()
  const back = createStrongEdges({ saved })
  expect(back.components(NOW_MS, { minEntities: 2 })).toEqual(
    edges.components(NOW_MS, { minEntities: 2 }),
  )
  expect(back.save()).toEqual(saved)
  for (const bad of [
    saved.slice(1),
    saved.slice(0, -8),
    new Uint8Array(64),
    new Uint8Array(saved.length).fill(255),
  ]) {
    expect(createStrongEdges({ saved: bad }).size).toBe(0)
  }
})

test('hostile bytes never throw', () => {
  const edges = createStrongEdges()
  pool(edges, 20, 40)
  const saved = edges.save()
  const random = createSeededRandom(11)
  for (let n = 0; n < 2_000; n++) {
    const bytes = saved.slice()
    for (let i = 0; i < 4; i++) bytes[random(bytes.length)] = random(256)
    const back = createStrongEdges({ saved: bytes })
    expect(() => back.components(NOW_MS, { minEntities: 2 })).not.toThrow()
  }
})

test('an entity that is dropped leaves nothing to whoever gets its number', () => {
  const edges = createStrongEdges()
  edges.add(1, 2, 'handover', NOW_MS)
  edges.add(2, 3, 'handover', NOW_MS)
  edges.drop(1)
  edges.add(1, 3, 'task', NOW_MS, 5)
  expect(edges.within(new Set([1, 2]), NOW_MS).handedOver).toBe(0)
  expect(edges.within(new Set([1, 2, 3]), NOW_MS)).toEqual({
    handedOver: 1,
    repeatedTasks: 1,
    distinctTasks: 1,
  })
})
