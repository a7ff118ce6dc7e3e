import type { LedgerFailureKind } from './core/ledger.ts'
import { formatDuration } from './core/time.ts'
import type { FleetProblem } from './limits/fleet/state.ts'
import type { GossipTrouble } from './store/redis-gossip.ts'
import type { StoreProblem } from './store/redis-store.ts'

/** A line of the program's log: `kind` is a word for machines, `text` a sentence for whoever is on call. */
export type Note = {
  readonly kind: string
  readonly level: 'warn' | 'info'
  readonly fields: object
  readonly text: string
}

const NEXT: { readonly [K in LedgerFailureKind]: string } = {
  timeout: 'see whether they are overloaded, or the network to them is slow',
  unreachable: 'see whether they run and can be reached from here',
  refused: 'correct what the message names: memory, permissions, or a replica that is read-only',
  nonsense: 'see what it is that answers at their address',
  forgotten: 'nothing is to be done, every process tells them again what it counted',
}

const repairedNote = (counters: number): Note => ({
  kind: 'counters_repaired',
  level: 'warn',
  fields: { counters },
  text: 'shared counters held something that is no counter and were begun anew: see who else writes there',
})

/** What befell the shared counters. No call fails of it. */
export const limitsNote = (problem: FleetProblem): Note => {
  const { kind, ledger: part } = problem
  switch (problem.kind) {
    case 'ledger_lost': {
      const { failure, message } = problem
      return {
        kind,
        level: 'warn',
        fields: { part, failure },
        text: `the shared counters failed: ${message}; ${NEXT[failure]}`,
      }
    }
    case 'ledger_back':
      return {
        kind,
        level: 'info',
        fields: { part, down_ms: problem.downMs },
        text: `the shared counters are trusted again after ${formatDuration(problem.downMs)}`,
      }
    case 'backlog_full':
      return {
        kind,
        level: 'warn',
        fields: { part },
        text: 'more was counted without the shared counters than memory is set aside for: they will not be told all of it',
      }
    case 'counters_repaired':
      return repairedNote(problem.counters)
  }
}

/** What befell the store of a fleet. */
export const storeNote = (problem: StoreProblem): Note => {
  switch (problem.kind) {
    case 'connection':
      return {
        kind: problem.kind,
        level: 'warn',
        fields: {},
        text: `store: no connection to Redis: ${problem.text}; it is tried again without end`,
      }
    case 'other_fleet':
      return {
        kind: problem.kind,
        level: 'warn',
        fields: {},
        text: 'store: replicas with another secret use this Redis under the same prefix: the two count apart, each up to the whole quota; give all of them the same secret, or the others a prefix of their own',
      }
    case 'repaired':
      return repairedNote(problem.counters)
  }
}

const LEARNED: { readonly [K in GossipTrouble['kind']]: string } = {
  silent:
    'what is learned from calls cannot be told to the other replicas; it is kept and told later',
  speaking: 'what is learned from calls is told to the other replicas again',
  dropped: 'what was learned from calls and could not be told to the other replicas was dropped',
  junk: 'what this fleet did not write stands where replicas tell what they learned, and is ignored: see who else writes there',
  repaired:
    'what was of no use stood where replicas tell what they learned, and was removed: see who else writes there',
}

/** What befell the exchange of what replicas learn. Limits do not hang on it. */
export const gossipNote = ({ topic, kind }: GossipTrouble): Note => ({
  kind: `learned_${kind}`,
  level: kind === 'speaking' ? 'info' : 'warn',
  fields: { topic },
  text: LEARNED[kind],
})
