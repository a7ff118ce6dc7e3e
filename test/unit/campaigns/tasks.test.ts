import { expect, test } from 'vitest'
import { createTasks } from '../../../src/campaigns/link/tasks.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { aSketch, edited, someTraits } from '../../support/some-traits.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 3, 22)
const asking = (task: ReturnType<typeof aSketch>) => someTraits({ task })

test('a task that two ask is told with the first, one that one asks twice is not', () => {
  const random = createSeededRandom(1)
  const tasks = createTasks()
  const task = asking(aSketch(random))
  expect(tasks.observe(1, NOW_MS, task, false)).toBeUndefined()
  expect(tasks.observe(1, NOW_MS, task, false)).toBeUndefined()
  expect(tasks.observe(2, NOW_MS, task, false)?.entities).toEqual([1])
  expect(tasks.observe(3, NOW_MS, task, false)?.entities).toEqual([1, 2])
  expect(tasks.observe(4, NOW_MS, asking(aSketch(random)), false)).toBeUndefined()
})

test('a task has one number, and other tasks have others', () => {
  const random = createSeededRandom(2)
  const tasks = createTasks()
  const [one, other] = [asking(aSketch(random)), asking(aSketch(random))]
  for (const entity of [1, 2])
    for (const task of [one, other]) tasks.observe(entity, NOW_MS, task, false)
  const first = tasks.observe(3, NOW_MS, one, false)?.task
  expect(tasks.observe(4, NOW_MS, one, false)?.task).toBe(first)
  expect(tasks.observe(3, NOW_MS, other, false)?.task).not.toBe(first)
})

test('small edits are the same task, larger ones are not', () => {
  const random = createSeededRandom(3)
  const found = (chance: number): number => {
    const tasks = createTasks()
    let matches = 0
    for (let n = 0; n < 400; n++) {
      const task = aSketch(random)
      tasks.observe(1, NOW_MS, asking(task), false)
      if (tasks.observe(2, NOW_MS, asking(edited(task, random, chance)), false)) matches++
    }
    return matches / 400
  }
  expect(found(0.03)).toBeGreaterThan(0.95)
  expect(found(0.4)).toBeLessThan(0.01)
})

test('the attempts of a class at one exercise are few tasks, however many wordings there are', () => {
  const random = createSeededRandom(31)
  const tasks = createTasks()
  const exercise = aSketch(random)
  const numbers = new Set<number>()
  let matches = 0
  for (let student = 1; student <= 180; student++) {
    const match = tasks.observe(student, NOW_MS, asking(edited(exercise, random, 0.09)), false)
    if (match === undefined) continue
    matches++
    numbers.add(match.task)
  }
  expect(matches).toBeGreaterThan(100)
  expect(numbers.size).toBeLessThan(6)
})

test('tasks of three proven entities and known ones are public, before and after', () => {
  const random = createSeededRandom(4)
  const published: number[] = []
  const known = aSketch(random)
  const tasks = createTasks({ known: [known], onPublic: (task) => published.push(task) })
  for (const entity of [1, 2, 3])
    expect(tasks.observe(entity, NOW_MS, asking(known), false)).toBeUndefined()
  const before = asking(aSketch(random))
  for (const proven of [7, 8, 9]) tasks.observe(proven, NOW_MS, before, true)
  for (const entity of [1, 2]) expect(tasks.observe(entity, NOW_MS, before, false)).toBeUndefined()
  const after = asking(aSketch(random))
  tasks.observe(1, NOW_MS, after, false)
  const match = tasks.observe(2, NOW_MS, after, false)
  for (const proven of [7, 8, 9]) tasks.observe(proven, NOW_MS, after, true)
  for (const proven of [7, 8, 9]) tasks.observe(proven, NOW_MS, after, true)
  expect(published).toHaveLength(2)
  expect(published.at(-1)).toBe(match?.task)
  expect(tasks.observe(3, NOW_MS, after, false)).toBeUndefined()
})

test('two proven entities make nothing public, however often they ask, and match nobody', () => {
  const random = createSeededRandom(41)
  const published: number[] = []
  const tasks = createTasks({ onPublic: (task) => published.push(task) })
  const task = asking(aSketch(random))
  for (let n = 0; n < 10; n++)
    expect(tasks.observe(8 + (n % 2), NOW_MS, task, true)).toBeUndefined()
  expect(tasks.observe(1, NOW_MS, task, false)).toBeUndefined()
  expect(tasks.observe(2, NOW_MS, task, false)?.entities).toEqual([1])
  for (let n = 0; n < 10; n++) tasks.observe(8 + (n % 2), NOW_MS, task, true)
  expect(tasks.observe(3, NOW_MS, task, false)?.entities).toEqual([1, 2])
  expect(published).toEqual([])
  tasks.drop(8)
  tasks.observe(10, NOW_MS, task, true)
  expect(tasks.observe(4, NOW_MS, task, false)?.entities).toEqual([1, 2, 3])
  const back = createTasks({ saved: tasks.save() })
  back.observe(11, NOW_MS, task, true)
  expect(back.observe(5, NOW_MS, task, false)).toBeUndefined()
})

test('a public task makes its variants public, those that were asked before and those to come', () => {
  const random = createSeededRandom(42)
  const exercise = aSketch(random)
  /** Another wording, which differs in these bands of four bins. */
  const variant = (...bands: readonly number[]) => {
    const bins = exercise.bins.slice()
    for (const band of bands) bins[band * 4] = random(2 ** 32)
    return asking({ hash: random(2 ** 31), bins })
  }
  const [one, other, later] = [variant(4, 5, 6, 7), variant(0, 5, 6, 7), variant(1, 4, 5, 6)]
  const tasks = createTasks()
  tasks.observe(7, NOW_MS, asking(exercise), true)
  for (const entity of [1, 2]) tasks.observe(entity, NOW_MS, one, false)
  expect(tasks.observe(3, NOW_MS, one, false)?.entities).toEqual([1, 2])
  tasks.observe(8, NOW_MS, other, true)
  tasks.observe(9, NOW_MS, one, true)
  for (const wording of [asking(exercise), one, other, later]) {
    for (const entity of [4, 5, 6])
      expect(tasks.observe(entity, NOW_MS, wording, false)).toBeUndefined()
  }
  const back = createTasks({ saved: tasks.save() })
  expect(back.observe(4, NOW_MS, one, false)).toBeUndefined()
})

test('later calls of a conversation and short tasks do not count', () => {
  const random = createSeededRandom(5)
  const tasks = createTasks()
  const task = aSketch(random)
  tasks.observe(1, NOW_MS, asking(task), false)
  expect(tasks.observe(2, NOW_MS, someTraits({ task, root: false }), false)).toBeUndefined()
  expect(tasks.observe(2, NOW_MS, someTraits(), false)).toBeUndefined()
})

test('tells the latest twelve, and none after 14 days', () => {
  const random = createSeededRandom(6)
  const tasks = createTasks()
  const task = asking(aSketch(random))
  for (let entity = 0; entity < 40; entity++) tasks.observe(entity, NOW_MS, task, false)
  expect(tasks.observe(99, NOW_MS, task, false)?.entities).toEqual(
    Array.from({ length: 12 }, (_, n) => 28 + n),
  )
  expect(tasks.observe(100, NOW_MS + 15 * DAY_MS, task, false)).toBeUndefined()
})

test('keeps within its memory and leaves the latest', () => {
  const random = createSeededRandom(7)
  const tasks = createTasks({ maxTasks: 5_000 })
  for (let n = 0; n < 20_000; n++)
    tasks.observe(n, NOW_MS + n * 60_000, asking(aSketch(random)), false)
  expect(tasks.size).toBeLessThanOrEqual(5_000)
  expect(tasks.bytes / 5_000).toBeLessThan(80)
  const last = asking(aSketch(random))
  tasks.observe(1, NOW_MS + 20_000 * 60_000, last, false)
  expect(tasks.observe(2, NOW_MS + 20_000 * 60_000, last, false)?.entities).toEqual([1])
})

test('a flood of tasks that share one band does not hide others', () => {
  const random = createSeededRandom(8)
  const tasks = createTasks()
  const base = aSketch(random)
  for (let n = 0; n < 5_000; n++) {
    const bins = aSketch(random).bins
    bins.set(base.bins.subarray(0, 4))
    tasks.observe(n, NOW_MS, asking({ hash: n, bins }), false)
  }
  const task = asking(aSketch(random))
  tasks.observe(1, NOW_MS, task, false)
  expect(tasks.observe(2, NOW_MS, task, false)?.entities).toEqual([1])
})

test('what is saved comes back, and anything else starts empty', () => {
  const random = createSeededRandom(9)
  const tasks = createTasks()
  const sketches = Array.from({ length: 3_000 }, () => aSketch(random))
  for (const [n, task] of sketches.entries()) tasks.observe(n, NOW_MS, asking(task), false)
  for (const task of sketches.slice(0, 5)) tasks.observe(7_000, NOW_MS, asking(task), false)
  const saved = tasks.save()
  const back = createTasks({ saved })
  expect(back.save()).toEqual(saved)
  for (const [n, task] of sketches.entries()) {
    const told = n < 5 ? [n, 7_000] : [n]
    expect(back.observe(8_000, NOW_MS, asking(task), false)?.entities).toEqual(told)
  }
  for (const bad of [saved.slice(4), saved.slice(0, -1), new Uint8Array(16)]) {
    expect(createTasks({ saved: bad }).size).toBe(0)
  }
})

test('an entity that is dropped leaves nothing to whoever gets its number', () => {
  const random = createSeededRandom(10)
  const tasks = createTasks()
  const [one, two] = [asking(aSketch(random)), asking(aSketch(random))]
  tasks.observe(1, NOW_MS, one, false)
  for (const entity of [1, 2]) tasks.observe(entity, NOW_MS, two, false)
  tasks.drop(1)
  expect(tasks.observe(3, NOW_MS, one, false)).toBeUndefined()
  expect(tasks.observe(4, NOW_MS, one, false)?.entities).toEqual([3])
  expect(tasks.observe(3, NOW_MS, two, false)?.entities).toEqual([2])
})
