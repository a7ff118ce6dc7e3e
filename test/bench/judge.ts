// What strong edges and the judge cost: conversations and tasks a call, components and counts a pass, and the
// judgement of groups of several sizes. Run with `node --expose-gc`; prints one JSON line each. Budgets: a
// call 2 µs, a group of 5,000 members 50 ms, components of 200,000 edges 1 s; 16 bytes and the slack of the
// table for a conversation, 75 bytes for a task.
import { createConversations } from '../../src/campaigns/link/conversations.ts'
import { judge } from '../../src/campaigns/judge/judge.ts'
import { createPivot } from '../../src/campaigns/judge/pivot.ts'
import { referenceOf } from '../../src/campaigns/judge/reference.ts'
import { createStrongEdges } from '../../src/campaigns/link/strong-edges.ts'
import { createTasks } from '../../src/campaigns/link/tasks.ts'
import { aHydraConduct } from '../support/a-campaign-group.ts'
import { aGroup, anHonestConduct } from '../support/a-conduct.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { aSketch, someTraits } from '../support/some-traits.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const random = createSeededRandom(1)

const timedMs = (work: () => void): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}
const tell = (line: { readonly [field: string]: string | number }): void =>
  console.log(JSON.stringify(line))

const CONVERSATIONS = 70_000
const TURNS = 10
const conversations = createConversations()
const keyOf = (id: number, turn: number): number => (id * 16 + turn + 1) * 6_700_417 + 11
let handedOver = 0
const followMs = timedMs(() => {
  for (let turn = 0; turn < TURNS; turn++) {
    for (let id = 0; id < CONVERSATIONS; id++) {
      const before = turn === 0 ? undefined : keyOf(id, turn - 1)
      const traits = someTraits({ before, after: keyOf(id, turn) })
      const entity = turn >= 5 && id % 100 === 0 ? id + 1 : id
      if (conversations.observe(entity, NOW_MS + turn * 60_000, traits, false) !== undefined)
        handedOver++
    }
  }
})
tell({
  case: 'conversations',
  calls: CONVERSATIONS * TURNS,
  ns_per_call: Math.round((followMs * 1e6) / (CONVERSATIONS * TURNS)),
  mib: Math.round(conversations.bytes / 2 ** 20),
  bytes_each: Math.round(conversations.bytes / conversations.size),
  handed_over: handedOver,
})

const TASKS = 1_000_000
const tasks = createTasks()
const sketches = Array.from({ length: 20_000 }, () => aSketch(random))
let repeated = 0
let taskMs = 0
for (let from = 0; from < TASKS; from += sketches.length) {
  // The first round of sketches comes again at the end.
  const isLast = from + sketches.length >= TASKS
  const batch = isLast || from === 0 ? sketches : sketches.map(() => aSketch(random))
  taskMs += timedMs(() => {
    for (const [n, task] of batch.entries()) {
      if (tasks.observe(from + n, NOW_MS + from, someTraits({ task }), false) !== undefined)
        repeated++
    }
  })
}
tell({
  case: 'tasks',
  calls: TASKS,
  ns_per_call: Math.round((taskMs * 1e6) / TASKS),
  mib: Math.round(tasks.bytes / 2 ** 20),
  bytes_each: Math.round(tasks.bytes / tasks.size),
  repeated,
})

const EDGES = 200_000
const edges = createStrongEdges()
const addMs = timedMs(() => {
  for (let n = 0; n < EDGES; n++) {
    const a = random(50_000)
    edges.add(a, a + 1 + random(40), n % 4 === 0 ? 'handover' : 'task', NOW_MS, Math.floor(n / 8))
  }
})
let found = 0
const componentsMs = timedMs(() => {
  found = edges.components(NOW_MS, { minEntities: 10 }).length
})
const members = new Set(Array.from({ length: 2_500 }, (_, n) => n))
const firstMs = timedMs(() => edges.within(members, NOW_MS))
const nextMs = timedMs(() => edges.within(members, NOW_MS))
tell({
  case: 'strong edges',
  edges: edges.size,
  ns_per_add: Math.round((addMs * 1e6) / EDGES),
  components_ms: Math.round(componentsMs),
  components: found,
  within_first_ms: Math.round(firstMs),
  within_next_ms: Number(nextMs.toFixed(2)),
  save_mib: Math.round(edges.save().length / 2 ** 20),
})

const pivot = createPivot()
const pivotMs = timedMs(() => {
  for (let n = 0; n < 1_000_000; n++)
    pivot.observe(n % 100_000, NOW_MS + n, n % 3 === 0 ? 'a' : 'b', n % 50 === 0)
})
tell({ case: 'pivot', ns_per_call: Math.round(pivotMs) })

const population = Array.from({ length: 20_000 }, () => anHonestConduct(random))
let reference = referenceOf([])
const referenceMs = timedMs(() => {
  reference = referenceOf(population)
})
tell({ case: 'reference', proven: population.length, ms: Math.round(referenceMs) })
for (const size of [25, 250, 2_500, 5_000]) {
  const honest = aGroup(population.slice(0, size))
  const hydra = aGroup(Array.from({ length: size }, () => aHydraConduct(random)))
  judge(honest, reference)
  const ms = timedMs(() => judge(honest, reference)) + timedMs(() => judge(hydra, reference))
  const positive = (group: typeof hydra): number =>
    judge(group, reference).filter((row) => row.positive).length
  tell({
    case: 'judge',
    members: size,
    ms_per_group: Number((ms / 2).toFixed(2)),
    axes_of_honest: positive(honest),
    axes_of_hydra: positive(hydra),
  })
}
