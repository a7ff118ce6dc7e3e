import { createChallengeCounts } from '../challenges/challenge-counts.ts'
import { createClearanceSource } from '../challenges/clearance-source.ts'
import { createClearanceTable } from '../challenges/clearance-table.ts'
import { createCorrectionsSource } from '../challenges/corrections-source.ts'
import { parseIssued } from '../challenges/issued-text.ts'
import { createIssuing } from '../challenges/issuing.ts'
import { subjectOf } from '../challenges/subject.ts'
import { Unknown, type Facts } from '../core/facts.ts'
import type { Decision } from '../core/decision.ts'
import type { CallEvent } from '../core/event.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { Clock, SignalSource } from '../core/seams.ts'
import type { Solves } from '../core/trace.ts'
import type { GuardParts } from '../guard/guard.ts'

/** Challenges of a replay, and what came of them. */
export type RecordedChallenges = {
  /** What clearances and counts of challenges say about a call, as live. */
  readonly sources: readonly SignalSource[]
  readonly challenges: NonNullable<GuardParts['challenges']>
  /**
   * Whether a caller that answers these passes the challenge that its call has met. Then its clearance is
   * in force from now on.
   */
  pass(event: CallEvent, solves: Solves | undefined): boolean
}

/** What {@link createRecordedChallenges} is made of. */
export type RecordedChallengesParts = {
  readonly clock: Clock
  /** The one that live challenges are issued with. */
  readonly hashNetwork: KeyedHash
  /** Makes the name of a challenge of the id of its decision. */
  readonly nameOf: KeyedHash
}

/** Ids stay within the process: what a challenge is stands in them in clear. */
const IN_CLEAR = {
  of: () => ({ seal: (text: string) => text, open: (text: string) => text }),
  secret: () => '',
  secretsOf: () => [],
}
/** Nobody follows the link of a challenge that is never sent. */
const NOWHERE = 'http://replay.invalid'

/** A trace has one name for all whom nobody knows: what one of them passes must not stand for the rest. */
const boundEnough = (decision: Decision, facts: Facts): Decision => {
  const { challenge } = decision
  const subject = subjectOf(facts)
  if (challenge === undefined || subject instanceof Unknown || !subject.startsWith('c:')) {
    return decision
  }
  const bind = [...new Set([...challenge.bind, 'network'] as const)]
  return { ...decision, challenge: { ...challenge, bind } }
}

/**
 * Issues challenges as a live guard does, but for seals and puzzles, and keeps the clearances that come of
 * them. What a caller would answer stands in its trace; it answers at the moment of its call, and what it
 * answers is right. Draws nothing, so that two runs are alike.
 */
export const createRecordedChallenges = (parts: RecordedChallengesParts): RecordedChallenges => {
  const { clock, hashNetwork, nameOf } = parts
  const clearances = createClearanceTable()
  const counts = createChallengeCounts({ clock })
  const issuing = createIssuing({
    seals: IN_CLEAR,
    clock,
    challenges: new Map(),
    clearances,
    publicUrl: NOWHERE,
    hashNetwork,
    newId: (call) => nameOf(call.id),
    onIssued: (issued) => counts.issued(issued),
  })

  return {
    sources: [
      createClearanceSource({ clearances, counts, clock, hashNetwork }),
      createCorrectionsSource({ clearances, clock }),
    ],
    challenges: {
      heard: () => Promise.resolve(false),
      offer: (call, facts, decision) => issuing.offer(call, facts, boundEnough(decision, facts)),
    },
    pass: ({ ruling }, solves) => {
      const offered = ruling?.offered
      const issued = offered?.kind === 'offer' ? parseIssued(offered.offer.id) : undefined
      if (issued === undefined || solves?.[issued.kind] !== true) return false
      const { id, kind, subject, bound, decision, expiresMs, lifetimeMs } = issued
      clearances.take({
        id,
        kind,
        subject,
        state: 'granted',
        atMs: clock.now(),
        expiresMs: expiresMs + lifetimeMs,
        bound,
        decision,
      })
      counts.solved(issued)
      return true
    },
  }
}
