import {
  LedgerFailure,
  type Claim,
  type Correction,
  type CounterId,
  type Holding,
  type SharedLedger,
  type Taken,
  type Window,
} from '../../core/ledger.ts'
import type { Clock } from '../../core/seams.ts'
import type { Backlog, Batch } from './backlog.ts'
import { createCorrections } from './corrections.ts'
import { asFailure, isUndone } from './failure.ts'
import type { FleetProblem, LedgerState, LedgerTrouble } from './state.ts'
import type { FleetTimings } from './timings.ts'
import { contradicts } from './taken.ts'
import { createSteadyTime } from '../steady-time.ts'

/** Options of {@link createFleetLink}. */
export type FleetLinkOptions = {
  readonly ledger: SharedLedger
  /** Its number among the ledgers. */
  readonly number: number
  readonly backlog: Backlog
  readonly clock: Clock
  readonly timings: FleetTimings
  /** The calls of its keys that run in this process. */
  readonly holdings: () => readonly Holding[]
  readonly onChange: () => void
  readonly onProblem: (problem: FleetProblem) => void
}

/** A ledger behind a breaker. Nothing here rejects or throws. */
export type FleetLink = {
  trusted(): boolean
  /** Whether it is not trusted yet because its memory, as this process first found it, had just begun. */
  isNew(): boolean
  /** Milliseconds for which it has not been trusted; 0 while it is. */
  aloneMs(): number
  /** Time of the ledger as far as this process knows it. */
  nowMs(): number
  /** `undefined` where the ledger did not answer as it should. */
  take(claims: readonly Claim[]): Promise<Taken | undefined>
  read(claims: readonly Claim[]): Promise<Taken | undefined>
  /** Corrects with the next batch, or notes it for later. */
  correct(correction: Correction): void
  /** Notes an amount that this process let through alone. */
  note(at: CounterId, window: Window, amount: number, expiresMs: number): void
  countLocalDecision(): void
  /** Tells what runs here, and what was noted. */
  hold(): Promise<void>
  /** How often the ledger was told what runs here. */
  timesHeld(): number
  /** Asks the ledger at once whether it is the one that was known. */
  probe(): Promise<void>
  state(): LedgerState
  /** Sends what waits and stops; resolves once it was answered. */
  close(): Promise<void>
}

/** Errors in a row after which a ledger is not trusted; whatever is worse than an error is at once. */
const MOST_ERRORS = 3

/**
 * Not trusted at first, until opened; where its memory has just begun then, others may have lost theirs
 * and are given the time to tell it. While it is not, nothing waits for it: it is tried off the path,
 * told everything it does not know, and trusted again once it has answered for a while. What was noted
 * in the very last moment is sent right before the first call that asks it, in that order. A trusted one is
 * tried as often: all know of a lost memory, and have told theirs, before any of them trusts the new one.
 */
export const createFleetLink = (options: FleetLinkOptions): FleetLink => {
  const { ledger, number, backlog, clock, timings, holdings, onChange, onProblem } = options
  const time = createSteadyTime()
  const underWay = new Set<Promise<void>>()
  let trusted = false
  let sinceMs = clock.now()
  let offsetMs = 0
  let memory: string | undefined
  let isNew = false
  let answers = 0
  let answerForMs = timings.coolDownMs
  let errors = 0
  let probing: Promise<void> | undefined
  let closed = false
  let lastTrouble: LedgerTrouble | undefined
  let localDecisions = 0
  let repaired = 0
  let timesHeld = 0

  const nowMs = (): number => time.at(clock.now() + offsetMs)

  const distrust = (): void => {
    answers = 0
    errors = 0
    if (!trusted) return
    trusted = false
    sinceMs = clock.now()
    // They were never sent.
    for (const each of corrections.takeBack()) noteCorrection(each)
    onChange()
  }

  const failed = (error: unknown): LedgerFailure => {
    const failure = asFailure(error)
    const { kind, message } = failure
    lastTrouble = { kind, message, atMs: clock.now() }
    errors++
    if (trusted && kind === 'refused' && errors < MOST_ERRORS) return failure
    const lost = trusted
    distrust()
    if (lost) onProblem({ kind: 'ledger_lost', ledger: number, failure: kind, message })
    if (lost && kind === 'forgotten') {
      // It is told anew at once, after whoever found out has ended. That answer is not one of those
      // waited for: others may find out up to an interval later.
      answers = -1
      setImmediate(() => void probe())
    }
    return failure
  }

  const noteCorrection = ({ hi, lo, concurrent, window, expiresMs, delta }: Correction): void => {
    if (!concurrent) backlog.note({ hi, lo }, window, delta, expiresMs, nowMs())
  }

  /** Remembers a request until it was answered, so that closing can wait for it. */
  const track = (request: Promise<void>): Promise<void> => {
    const tracked = request.finally(() => underWay.delete(tracked))
    underWay.add(tracked)
    return tracked
  }

  const sendCorrections = async (batch: readonly Correction[]): Promise<void> => {
    try {
      await ledger.correct(batch)
      errors = 0
    } catch (error) {
      const undone = isUndone(failed(error))
      // What may have been given back is not given back again; a debt is noted all the same.
      for (const each of batch) if (undone || each.delta > 0) noteCorrection(each)
    }
  }
  const corrections = createCorrections((batch) => void track(sendCorrections(batch)))

  const bring = async (batch: Batch): Promise<void> => {
    try {
      if (batch.counters.length > 0) await ledger.bring(batch.counters)
      else await new Promise(setImmediate)
    } catch (error) {
      const failure = asFailure(error)
      backlog.failed(batch, isUndone(failure), nowMs())
      throw failure
    }
  }

  const bringAll = async (): Promise<void> => {
    for (;;) {
      const batch = backlog.next(nowMs())
      if (batch === undefined) return
      await bring(batch)
    }
  }

  const tellHoldings = (): Promise<void> => {
    timesHeld++
    return ledger.hold(holdings())
  }

  const trust = (): void => {
    const downMs = clock.now() - sinceMs
    trusted = true
    isNew = false
    answerForMs = timings.coolDownMs
    errors = 0
    sinceMs = clock.now()
    // Not waited for: it arrives before whatever is asked from here on.
    void track(bringAll().catch((error: unknown) => void failed(error)))
    if (lastTrouble !== undefined) onProblem({ kind: 'ledger_back', ledger: number, downMs })
    onChange()
  }

  const tryOnce = async (): Promise<void> => {
    try {
      const { word, ageMs } = await ledger.open()
      if (memory === undefined) {
        // Written so that an age that is no number is young.
        isNew = !(ageMs >= timings.retellMs)
      } else if (memory !== word) {
        // What came in beside that word must have been taken over, or given up, before all is read.
        await new Promise(setImmediate)
        backlog.startOver()
        answers = Math.min(answers, 0)
        answerForMs = timings.retellMs
      }
      memory = word
      await bringAll()
      await tellHoldings()
      answers++
      const answeredMs = (answers - 1) * timings.probeEveryMs
      // A clock that was set back does not hold it up for longer.
      if (isNew && !(ageMs >= timings.retellMs || answeredMs >= timings.retellMs)) return
      // A process that begins has nothing that others could be missing.
      if (lastTrouble === undefined || answeredMs >= answerForMs) trust()
    } catch (error) {
      failed(error)
    }
  }

  const ask = async (
    request: Promise<Taken>,
    claims: readonly Claim[],
  ): Promise<Taken | undefined> => {
    try {
      const taken = await request
      const wrong = contradicts(claims, taken)
      if (wrong !== undefined) throw new LedgerFailure('nonsense', wrong)
      // A ledger that cannot write any more may still read, and so refuse.
      if (taken.admitted && claims.length > 0) errors = 0
      offsetMs = taken.nowMs - clock.now()
      if (taken.repaired > 0) {
        repaired += taken.repaired
        onProblem({ kind: 'counters_repaired', ledger: number, counters: taken.repaired })
      }
      return taken
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  /**
   * Finds out about a ledger that is gone or was wiped even where no call asks it. Not by opening it: what
   * calls have asked in this very turn would then be charged in the new, empty memory.
   */
  const watch = async (): Promise<void> => {
    await ask(ledger.read([]), [])
  }

  const probe = (): Promise<void> => {
    if (closed) return Promise.resolve()
    probing ??= (trusted ? watch() : tryOnce()).finally(() => {
      probing = undefined
    })
    return probing
  }
  const prober = setInterval(() => void probe(), timings.probeEveryMs).unref()

  return {
    trusted: () => trusted,
    isNew: () => isNew,
    aloneMs: () => (trusted ? 0 : Math.max(0, clock.now() - sinceMs)),
    nowMs,
    take: (claims) => {
      corrections.flushFor(claims)
      return ask(ledger.take(claims), claims)
    },
    read: (claims) => {
      corrections.flush()
      return ask(ledger.read(claims), claims)
    },
    correct: (correction) => {
      if (trusted) corrections.add(correction)
      else noteCorrection(correction)
    },
    note: (at, window, amount, expiresMs) => {
      backlog.note(at, window, amount, expiresMs, nowMs())
    },
    countLocalDecision: () => void localDecisions++,
    hold: async () => {
      if (!trusted) return
      try {
        // A call that ended is not among those that run: it must not be taken off them again.
        corrections.flush()
        await Promise.all([tellHoldings(), bringAll()])
      } catch (error) {
        failed(error)
      }
    },
    timesHeld: () => timesHeld,
    probe,
    state: () => ({
      state: trusted ? 'trusted' : 'degraded',
      sinceMs,
      lastTrouble,
      pending: backlog.pending(),
      dropped: backlog.dropped(),
      localDecisions,
      repaired,
    }),
    close: async () => {
      closed = true
      clearInterval(prober)
      if (trusted) {
        corrections.flush()
        void track(bringAll().catch((error: unknown) => void failed(error)))
      }
      await Promise.all(underWay)
    },
  }
}
