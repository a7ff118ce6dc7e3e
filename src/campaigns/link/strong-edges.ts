import { edgesFromBytes, edgesToBytes } from './edge-bytes.ts'
import {
  commonTasks,
  componentsOf,
  countEdges,
  type Component,
  type EdgeCounts,
} from './edge-components.ts'
import { decayed, TASKS_PER_EDGE, type EdgeKind, type StrongEdge } from './strong-edge.ts'

/** What entities did that ties them, whatever they look like. */
export interface StrongEdges {
  readonly size: number
  /** `task` is the number of the task for kind `task`. An edge of an entity to itself is none. */
  add(a: number, b: number, kind: EdgeKind, atMs: number, task?: number): void
  /** Groups that the edges alone make. */
  components(nowMs: number, options: { readonly minEntities: number }): readonly Component[]
  /** What ties the given entities to each other. */
  within(entities: ReadonlySet<number>, nowMs: number): EdgeCounts
  /** Forgets a task that has turned out to be public. Such a task must not be added again. */
  forget(task: number): void
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

/** Entities are numbered below this, so that a pair makes one exact number. */
const ENTITY_LIMIT = 2 ** 26

/**
 * Keeps at most `maxEdges` pairs (as shipped 200,000, some 300 bytes each); the one that was longest
 * without anything new gives way. `saved` is what {@link StrongEdges.save} gave; anything else starts
 * empty.
 */
export const createStrongEdges = (
  options: { readonly saved?: Uint8Array | undefined; readonly maxEdges?: number } = {},
): StrongEdges => {
  const maxEdges = options.maxEdges ?? 200_000
  /** In the order of the last word about them. */
  const edges = new Map<number, StrongEdge>()
  const keyOf = (low: number, high: number): number => low * ENTITY_LIMIT + high
  for (const edge of (options.saved && edgesFromBytes(options.saved)) ?? []) {
    if (edge.b < ENTITY_LIMIT && edges.size < maxEdges) edges.set(keyOf(edge.a, edge.b), edge)
  }
  /** By entity, and the tasks everybody knows; made when asked for, void once an edge is added. */
  let index:
    | { readonly nowMs: number; by: Map<number, StrongEdge[]>; common: ReadonlySet<number> }
    | undefined

  /** Entities to be forgotten, all at once before anything is added or asked. */
  const gone = new Set<number>()
  const sweep = (): void => {
    if (gone.size === 0) return
    for (const [key, { a, b }] of edges) if (gone.has(a) || gone.has(b)) edges.delete(key)
    gone.clear()
    index = undefined
  }

  /** Tasks that turned out public: taken out of all edges at once, before anything is read off them. */
  const publicTasks = new Set<number>()
  const settle = (): void => {
    sweep()
    if (publicTasks.size === 0) return
    for (const [key, edge] of edges) {
      if (edge.tasks.size === 0) continue
      for (const task of edge.tasks.keys()) if (publicTasks.has(task)) edge.tasks.delete(task)
      if (edge.tasks.size === 0 && edge.handedOver === 0) edges.delete(key)
    }
    publicTasks.clear()
    index = undefined
  }

  const indexAt = (nowMs: number): NonNullable<typeof index> => {
    if (index?.nowMs === nowMs) return index
    const by = new Map<number, StrongEdge[]>()
    for (const edge of edges.values()) {
      // Under its lower end only, so that each is met once.
      const of = by.get(edge.a)
      if (of === undefined) by.set(edge.a, [edge])
      else of.push(edge)
    }
    index = { nowMs, by, common: commonTasks(edges.values(), nowMs) }
    return index
  }

  const addTask = (edge: StrongEdge, task: number, atMs: number): void => {
    edge.tasks.delete(task)
    edge.tasks.set(task, atMs)
    if (edge.tasks.size <= TASKS_PER_EDGE) return
    for (const oldest of edge.tasks.keys()) {
      edge.tasks.delete(oldest)
      return
    }
  }

  return {
    get size() {
      return edges.size
    },
    add: (a, b, kind, atMs, task) => {
      sweep()
      if (a === b || a >= ENTITY_LIMIT || b >= ENTITY_LIMIT) return
      if (task !== undefined && publicTasks.has(task)) return
      const low = Math.min(a, b)
      const high = Math.max(a, b)
      const key = keyOf(low, high)
      const edge = edges.get(key) ?? {
        a: low,
        b: high,
        handedOver: 0,
        handedOverAtMs: atMs,
        tasks: new Map<number, number>(),
      }
      if (kind === 'handover') {
        edge.handedOver = decayed(edge.handedOver, edge.handedOverAtMs, atMs) + 1
        edge.handedOverAtMs = Math.max(edge.handedOverAtMs, atMs)
      } else if (task !== undefined) addTask(edge, task, atMs)
      edges.delete(key)
      edges.set(key, edge)
      index = undefined
      if (edges.size <= maxEdges) return
      for (const idle of edges.keys()) {
        edges.delete(idle)
        return
      }
    },
    components: (nowMs, { minEntities }) => {
      settle()
      return componentsOf([...edges.values()], nowMs, minEntities)
    },
    within: (entities, nowMs) => {
      settle()
      const { by, common } = indexAt(nowMs)
      const inside: StrongEdge[] = []
      for (const entity of entities) {
        for (const edge of by.get(entity) ?? []) if (entities.has(edge.b)) inside.push(edge)
      }
      return countEdges(inside, common, nowMs)
    },
    forget: (task) => {
      publicTasks.add(task)
    },
    drop: (entity) => {
      gone.add(entity)
    },
    save: () => {
      settle()
      return edgesToBytes(edges.values())
    },
  }
}
