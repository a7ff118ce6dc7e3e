import type { Correction, CounterId } from '../../core/ledger.ts'

/** Corrections of one turn of the event loop, sent as one. */
export type Corrections = {
  add(correction: Correction): void
  /** Sends what waits, so that whatever is asked next comes after it. */
  flush(): void
  /** The same, if one of the counters is among what waits. */
  flushFor(counters: readonly CounterId[]): void
  /** Takes out what waits, unsent. */
  takeBack(): readonly Correction[]
}

/** Not worth a set's price to tell two counters apart that share this. */
const markOf = ({ hi, lo }: CounterId): number => hi ^ lo

/** A queue in front of a ledger. `send` must not throw. */
export const createCorrections = (send: (batch: readonly Correction[]) => void): Corrections => {
  let waiting: Correction[] = []
  const marks = new Set<number>()
  let armed = false

  const takeBack = (): readonly Correction[] => {
    const batch = waiting
    waiting = []
    marks.clear()
    return batch
  }
  const flush = (): void => {
    if (waiting.length > 0) send(takeBack())
  }
  const flushArmed = (): void => {
    armed = false
    flush()
  }

  return {
    add: (correction) => {
      waiting.push(correction)
      marks.add(markOf(correction))
      if (armed) return
      armed = true
      setImmediate(flushArmed)
    },
    flush,
    flushFor: (counters) => {
      if (waiting.length === 0) return
      for (const counter of counters) {
        if (!marks.has(markOf(counter))) continue
        flush()
        return
      }
    },
    takeBack,
  }
}
