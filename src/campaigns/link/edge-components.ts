import { handOversOf, taskIsLive, type StrongEdge } from './strong-edge.ts'

/** What ties a set of entities together. */
export type EdgeCounts = {
  /** Conversations that went from one to another, decayed with a half-life of 14 days and rounded. */
  readonly handedOver: number
  /** Pairs of entities that asked the same long task, counted once a task. */
  readonly repeatedTasks: number
  /** Different tasks among them. */
  readonly distinctTasks: number
}

/** Entities that strong edges join, with what joins them. */
export type Component = EdgeCounts & { readonly entities: readonly number[] }

/** A task asked by more entities than this is known to everybody: it joins nobody and counts nowhere. */
export const TASK_SHARED_BY_MOST = 64

/** An entity whose conversations go on at more others than this is a meeting place and joins nobody. */
const HAND_OVERS_TO_MOST = 64

/** Tasks that more than {@link TASK_SHARED_BY_MOST} entities asked. */
export const commonTasks = (edges: Iterable<StrongEdge>, nowMs: number): ReadonlySet<number> => {
  const askers = new Map<number, Set<number>>()
  const common = new Set<number>()
  for (const { a, b, tasks } of edges) {
    for (const [task, atMs] of tasks) {
      if (!taskIsLive(atMs, nowMs) || common.has(task)) continue
      const by = askers.get(task) ?? new Set()
      by.add(a).add(b)
      askers.set(task, by)
      if (by.size > TASK_SHARED_BY_MOST) {
        common.add(task)
        askers.delete(task)
      }
    }
  }
  return common
}

/** Sums what the edges say. */
export const countEdges = (
  edges: Iterable<StrongEdge>,
  common: ReadonlySet<number>,
  nowMs: number,
): EdgeCounts => {
  let handedOver = 0
  let repeatedTasks = 0
  const tasks = new Set<number>()
  for (const edge of edges) {
    handedOver += handOversOf(edge, nowMs)
    for (const [task, atMs] of edge.tasks) {
      if (!taskIsLive(atMs, nowMs) || common.has(task)) continue
      repeatedTasks++
      tasks.add(task)
    }
  }
  return { handedOver: Math.round(handedOver), repeatedTasks, distinctTasks: tasks.size }
}

/**
 * Whether a component is more than people who happened to do the same thing once: a class of 180 students
 * shares one or two assignments, a pool shares a stream of them.
 */
const isGroup = ({ entities, handedOver, distinctTasks }: Component): boolean =>
  handedOver + distinctTasks >= Math.max(3, entities.length / 8)

const meetingPlaces = (edges: Iterable<StrongEdge>, nowMs: number): ReadonlySet<number> => {
  const others = new Map<number, number>()
  for (const edge of edges) {
    if (handOversOf(edge, nowMs) === 0) continue
    for (const end of [edge.a, edge.b]) others.set(end, (others.get(end) ?? 0) + 1)
  }
  return new Set([...others].flatMap(([end, n]) => (n > HAND_OVERS_TO_MOST ? [end] : [])))
}

/**
 * Connected components of the edges that are alive at `nowMs`, of at least `minEntities`, by union-find
 * with path halving (Tarjan and van Leeuwen, J. ACM 31, 1984). Built anew each time, so a component ends
 * with the edges that made it.
 */
export const componentsOf = (
  edges: readonly StrongEdge[],
  nowMs: number,
  minEntities: number,
): readonly Component[] => {
  const common = commonTasks(edges, nowMs)
  const places = meetingPlaces(edges, nowMs)
  const parent = new Map<number, number>()
  const root = (entity: number): number => {
    let at = entity
    for (;;) {
      const up = parent.get(at) ?? at
      if (up === at) return at
      const above = parent.get(up) ?? up
      parent.set(at, above)
      at = above
    }
  }
  const joins = (edge: StrongEdge): boolean => {
    const handedOver = handOversOf(edge, nowMs) > 0 && !places.has(edge.a) && !places.has(edge.b)
    if (handedOver) return true
    for (const [task, atMs] of edge.tasks) {
      if (taskIsLive(atMs, nowMs) && !common.has(task)) return true
    }
    return false
  }
  const joining = edges.filter(joins)
  for (const { a, b } of joining) parent.set(root(a), root(b))
  const edgesByRoot = Map.groupBy(joining, ({ a }) => root(a))
  const found: Component[] = []
  for (const inside of edgesByRoot.values()) {
    const entities = [...new Set(inside.flatMap(({ a, b }) => [a, b]))].toSorted((x, y) => x - y)
    if (entities.length < minEntities) continue
    const component = { entities, ...countEdges(inside, common, nowMs) }
    if (isGroup(component)) found.push(component)
  }
  return found
}
