/** Ways in which two entities are tied by what they did, whatever they look like. */
export type EdgeKind = 'handover' | 'task'

/** What ties two entities, `a` < `b`. */
export type StrongEdge = {
  readonly a: number
  readonly b: number
  /** Conversations that went from one to the other, decayed to `handedOverAtMs`. */
  handedOver: number
  handedOverAtMs: number
  /** Long tasks that both asked: number of the task to the milliseconds it was last repeated. */
  readonly tasks: Map<number, number>
}

/** Half-life of a hand-over. */
export const EDGE_HALF_LIFE_MS = 14 * 86_400_000

/** A task repeated longer ago than this says nothing any more. */
export const TASK_LIVE_MS = 14 * 86_400_000

/** Tasks that are remembered of one pair, the latest ones. */
export const TASKS_PER_EDGE = 16

/** What is left at `nowMs` of something that weighed `value` at `atMs`. */
export const decayed = (value: number, atMs: number, nowMs: number): number =>
  nowMs <= atMs ? value : value * 2 ** ((atMs - nowMs) / EDGE_HALF_LIFE_MS)

/** Hand-overs of an edge as they weigh at `nowMs`; 0 once less than a quarter of one is left. */
export const handOversOf = (edge: StrongEdge, nowMs: number): number => {
  const left = decayed(edge.handedOver, edge.handedOverAtMs, nowMs)
  return left < 0.25 ? 0 : left
}

/** Whether a task was repeated lately enough. */
export const taskIsLive = (repeatedAtMs: number, nowMs: number): boolean =>
  nowMs - repeatedAtMs <= TASK_LIVE_MS
