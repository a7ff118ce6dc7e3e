import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Limiter } from '../core/seams.ts'
import { createCompactCounters, type CompactCounters } from './compact-counters.ts'
import { createFingerprints, type HashKey } from './fingerprint.ts'
import { findJournal } from './journal-load.ts'
import { createJournal, type Journal } from './journal.ts'
import { createLimiter } from './limiter.ts'
import type { LimitsProblem } from './limits-problem.ts'
import { createSteadyTime } from './steady-time.ts'

/** Options of {@link createEmbeddedLimiter}. */
export type EmbeddedLimiterOptions = {
  /** Used once, to leave out what expired while the program was down. */
  readonly clock: Clock
  /** Keys with a counter of their own, about 50 bytes each; 1,000,000 unless told. */
  readonly maxKeys?: number
  /** Folder of the journal; without one, counters end with the process. */
  readonly dir?: string
  readonly onProblem?: (problem: LimitsProblem) => void
  /** How often changes are written down; 400 ms unless told. */
  readonly flushEveryMs?: number
}

/** The limiter of a single process, with what an operator may ask of it. */
export type EmbeddedLimiter = Limiter & {
  readonly counters: CompactCounters
  /** What fingerprints of its keys are made with, for those who ask its counters from elsewhere. */
  readonly hashKey: HashKey
  stats(): {
    readonly keys: number
    readonly maxKeys: number
    /** Look-ups that fell to a shared counter because all keys were taken. */
    readonly shared: number
    /** `undefined` without a folder. */
    readonly journal: ReturnType<Journal['stats']> | undefined
  }
  /** Resolves once what was counted until now was written down, or could not be (see `onProblem`). */
  flush(): Promise<void>
}

const putAside = (path: string): void => {
  try {
    renameSync(path, `${path}.unreadable`)
  } catch {
    // It was reported; the first round of the new journal tells whether the place can be written to.
  }
}

/** Calls sweep as they come; this is for counters that expire while few do. */
const SWEEP_SLOTS = 2_048

/**
 * Puts the limiter together: counters, their journal, and what the last process wrote down. Never
 * throws for the journal's sake: whatever is wrong with it is reported and limits go on in memory.
 */
export const createEmbeddedLimiter = (options: EmbeddedLimiterOptions): EmbeddedLimiter => {
  const { clock, dir, maxKeys, flushEveryMs } = options
  const onProblem = options.onProblem ?? (() => undefined)
  const path = dir === undefined ? undefined : join(dir, 'limits.journal')
  const found = path === undefined ? undefined : findJournal(path)
  const random = randomBytes(8)
  const fingerprints = createFingerprints(
    found?.kind === 'found'
      ? found.hashKey
      : { k0: random.readInt32LE(0), k1: random.readInt32LE(4) },
  )
  const counters = createCompactCounters({
    fingerprints,
    tracked: path !== undefined,
    onFull: () => onProblem({ kind: 'keys_full', maxKeys: counters.stats().maxKeys }),
    ...(maxKeys === undefined ? {} : { maxKeys }),
  })
  const time = createSteadyTime()

  let unreadable = found?.kind === 'unreadable' ? found.reason : undefined
  if (found?.kind === 'found') {
    const nowMs = clock.now()
    const damage = found.replay((record) => counters.restore(record, record, nowMs))
    if (damage.corruptRecords + damage.tornBytes > 0) {
      onProblem({ kind: 'journal_damaged', ...damage })
    }
    unreadable = damage.unreadable
    const { keys, maxKeys: cap } = counters.stats()
    if (keys > cap) onProblem({ kind: 'keys_full', maxKeys: cap })
  }
  if (unreadable !== undefined && path !== undefined) {
    onProblem({ kind: 'journal_unreadable', reason: unreadable })
    putAside(path)
  }

  const { dirty, slots } = counters
  const journal =
    path === undefined || dirty === undefined
      ? undefined
      : createJournal({
          path,
          hashKey: fingerprints.hashKey,
          slots,
          dirty,
          beforeRound: () => counters.sweep(SWEEP_SLOTS, time.latestMs()),
          onProblem,
          ...(flushEveryMs === undefined ? {} : { flushEveryMs }),
        })

  return {
    ...createLimiter({
      counters,
      fingerprints,
      time,
      close: () => journal?.close() ?? Promise.resolve(),
    }),
    counters,
    hashKey: fingerprints.hashKey,
    stats: () => ({ ...counters.stats(), journal: journal?.stats() }),
    flush: () => journal?.flush() ?? Promise.resolve(),
  }
}
