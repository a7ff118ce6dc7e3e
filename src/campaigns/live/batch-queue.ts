/** A batch of observations on its way. */
export type QueuedBatch = {
  readonly batch: number
  readonly text: string
  readonly count: number
  /** Monotonic milliseconds at which it was taken in. */
  readonly sinceMs: number
}

/** Batches that wait for a thread, and those it has not confirmed yet. */
export type BatchQueue = {
  add(text: string, count: number, nowMs: number): void
  /** The next batch to hand over; `undefined` where none waits or, unless `all`, enough are under way. */
  next(all?: boolean): QueuedBatch | undefined
  confirmed(batch: number): void
  /** The thread is gone: how many observations it had and did not confirm. */
  lost(): number
  /** Monotonic milliseconds since which the oldest has waited; `undefined` where none does. */
  oldestMs(): number | undefined
  /** Observations that wait, those under way included. */
  waiting(): number
}

/** Characters that the thread may have before it confirms some of them. */
const MAX_UNDER_WAY_CHARS = 4 * 2 ** 20

/**
 * A queue of at most `maxChars`, the oldest of which gives way, told to `onDrop`. So much may be under
 * way at a time that a thread always has work, and what a dead one takes with it is bounded.
 */
export const createBatchQueue = (options: {
  readonly maxChars: number
  readonly onDrop: (observations: number) => void
}): BatchQueue => {
  const { maxChars, onDrop } = options
  const waiting: QueuedBatch[] = []
  const underWay = new Map<number, QueuedBatch>()
  let waitingChars = 0
  let underWayChars = 0
  let numbered = 0
  let observations = 0

  const shift = (): QueuedBatch | undefined => {
    const first = waiting.shift()
    if (first !== undefined) waitingChars -= first.text.length
    return first
  }

  return {
    add: (text, count, nowMs) => {
      waiting.push({ batch: ++numbered, text, count, sinceMs: nowMs })
      waitingChars += text.length
      observations += count
      for (let over = waitingChars - maxChars; over > 0;) {
        const dropped = shift()
        over -= dropped?.text.length ?? over
        observations -= dropped?.count ?? 0
        onDrop(dropped?.count ?? 0)
      }
    },
    next: (all = false) => {
      if (!all && underWayChars >= MAX_UNDER_WAY_CHARS) return undefined
      const first = shift()
      if (first === undefined) return undefined
      underWay.set(first.batch, first)
      underWayChars += first.text.length
      return first
    },
    confirmed: (batch) => {
      const known = underWay.get(batch)
      if (known === undefined) return
      underWay.delete(batch)
      underWayChars -= known.text.length
      observations -= known.count
    },
    lost: () => {
      let count = 0
      for (const one of underWay.values()) count += one.count
      underWay.clear()
      underWayChars = 0
      observations -= count
      return count
    },
    oldestMs: () => {
      for (const one of underWay.values()) return one.sinceMs
      return waiting[0]?.sinceMs
    },
    waiting: () => observations,
  }
}
