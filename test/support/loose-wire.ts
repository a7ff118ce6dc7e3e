import { LedgerFailure, type SharedLedger } from '../../src/core/ledger.ts'

/**
 * What stands between a process and a ledger: nothing; a server that stands still and carries out later
 * what it was asked; a net that swallows requests, or answers; a closed port; a server that refuses.
 */
export type WireState = 'whole' | 'frozen' | 'swallowing' | 'mute' | 'cut' | 'erring'

/** Milliseconds after which a request is given up. */
export const WIRE_DEADLINE_MS = 50

const late = (): LedgerFailure => new LedgerFailure('timeout', 'no answer in time')

/** A ledger as it is seen over a wire that can break. A frozen one goes on when it is whole again. */
export const createLooseWire = (ledger: SharedLedger) => {
  let state: WireState = 'whole'
  let frozen: (() => void)[] = []
  let asked = 0

  const inTime = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(late()), WIRE_DEADLINE_MS)
      answer.then(resolve, reject).finally(() => clearTimeout(timer))
    })

  const pass = <T>(request: () => Promise<T>): Promise<T> => {
    asked++
    switch (state) {
      case 'whole':
        return request()
      case 'cut':
        return Promise.reject(new LedgerFailure('unreachable', 'not connected'))
      case 'erring':
        return Promise.reject(new LedgerFailure('refused', 'OOM'))
      case 'swallowing':
        return inTime(new Promise<T>(() => undefined))
      case 'mute':
        void request().catch(() => undefined)
        return inTime(new Promise<T>(() => undefined))
      case 'frozen':
        return inTime(
          new Promise<T>((resolve, reject) => {
            frozen.push(() => void request().then(resolve, reject))
          }),
        )
    }
  }

  const over: SharedLedger = {
    open: () => pass(() => ledger.open()),
    take: (claims) => pass(() => ledger.take(claims)),
    read: (claims) => pass(() => ledger.read(claims)),
    correct: (corrections) => pass(() => ledger.correct(corrections)),
    hold: (holdings) => pass(() => ledger.hold(holdings)),
    bring: (counters) => pass(() => ledger.bring(counters)),
  }
  return {
    ledger: over,
    /** Requests so far. */
    asked: () => asked,
    is: (next: WireState) => {
      state = next
      if (next !== 'whole') return
      const waiting = frozen
      frozen = []
      for (const go of waiting) go()
    },
  }
}
