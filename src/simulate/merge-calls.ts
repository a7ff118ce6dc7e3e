import type { RecordedCall } from '../core/trace.ts'
import type { Caller } from './simulated-call.ts'

type Entry = { atMs: number; readonly order: number; readonly caller: Caller }

const before = (one: Entry, other: Entry): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)

/** Everybody's calls as one stream in time order. */
export type Merge = {
  /** Lets one more in, also while the stream runs; its calls must not lie before those already told. */
  add(caller: Caller): void
  /** Takes one out; unknown ones are ignored. */
  remove(account: string): void
  /** The next call before `endMs`; `undefined` after the last. */
  next(endMs: number): RecordedCall | undefined
}

/**
 * A binary heap over the callers' next times: memory grows with callers, never with calls. Calls of one
 * millisecond come in the order in which their callers were added.
 */
export const createMerge = (): Merge => {
  const heap: Entry[] = []
  const gone = new Set<string>()
  let added = 0

  const sink = (): void => {
    const entry = heap[0]
    if (entry === undefined) return
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      if (left === undefined) break
      const right = heap[2 * at + 2]
      const rightWins = right !== undefined && before(right, left)
      const child = rightWins ? right : left
      if (!before(child, entry)) break
      heap[at] = child
      at = 2 * at + (rightWins ? 2 : 1)
    }
    heap[at] = entry
  }

  const drop = (): void => {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    sink()
  }

  return {
    add: (caller) => {
      const entry: Entry = { atMs: caller.nextAtMs(), order: added++, caller }
      if (entry.atMs === Infinity) return
      let at = heap.length
      heap.push(entry)
      while (at > 0) {
        const above = (at - 1) >>> 1
        const parent = heap[above]
        if (parent === undefined || !before(entry, parent)) break
        heap[at] = parent
        at = above
      }
      heap[at] = entry
    },
    remove: (account) => void gone.add(account),
    next: (endMs) => {
      for (;;) {
        const first = heap[0]
        if (first === undefined || first.atMs >= endMs) return undefined
        if (gone.has(first.caller.account)) {
          drop()
          continue
        }
        const call = first.caller.call()
        first.atMs = first.caller.nextAtMs()
        if (first.atMs === Infinity) drop()
        else sink()
        return call
      }
    },
  }
}
