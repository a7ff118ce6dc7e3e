import type { OpenClearances } from './app-clearances.ts'
import { openKinds } from './app-challenge-kinds.ts'
import type { Ground } from './app-ground.ts'
import { challengeNote, limitedNote } from './app-challenge-words.ts'
import { createAnswering, type Answering } from './challenges/answering.ts'
import { createChallengeCounts } from './challenges/challenge-counts.ts'
import {
  createClearanceAdministration,
  type ClearanceAdministration,
} from './challenges/clearance-administration.ts'
import { createClearanceSource } from './challenges/clearance-source.ts'
import { createCorrectionsSource } from './challenges/corrections-source.ts'
import { createIssuing } from './challenges/issuing.ts'
import { createCarried } from './challenges/sealed-clearance.ts'
import { createSeals } from './challenges/seal.ts'
import { createStepUp } from './challenges/step-up.ts'
import { createUnheard } from './challenges/unheard.ts'
import { CHALLENGE_KINDS, type Challenging } from './core/challenge.ts'
import type { Gossip } from './core/gossip.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { SignalSource } from './core/seams.ts'
import { createAnswerDesk } from './http/challenges/answer-desk.ts'
import { createChallengeListener, type ChallengeListener } from './http/challenges/listener.ts'
import { registerChallengeMetrics } from './sinks/challenge-metrics.ts'
import type { Metrics } from './sinks/metrics.ts'

/** Challenges as a process issues them and judges what comes back. */
export type OpenChallenges = {
  readonly sources: readonly SignalSource[]
  readonly challenging: Challenging
  /** What operators do with clearances. */
  readonly administration: ClearanceAdministration
  /** Answers everything below `/.stillwatch`. */
  listener(asnOf: (address: string) => number | undefined): ChallengeListener
  close(): Promise<void>
}

/** What an operator should know of links in challenges; nothing while only this machine can follow them. */
export const challengeNotices = ({ listen, challenges }: Ground['settings']): readonly string[] =>
  challenges.public_url !== undefined || /^(127\.|localhost|\[::1\])/.test(listen)
    ? []
    : [
        'challenges.public_url is not set: links that challenged callers are given begin with http:// and the Host of their call',
      ]

/** Opens challenges over the clearances of this process. `gossip` reaches the other processes. */
export const openChallenges = (
  ground: Ground,
  {
    clearances,
    gossip,
    metrics,
    leads,
  }: {
    readonly clearances: OpenClearances
    readonly gossip?: Gossip | undefined
    readonly metrics: Metrics
    /** Whether this process answers for its machine: it reports what is in force; workers do not. */
    readonly leads: boolean
  },
): OpenChallenges => {
  const { settings, clock, dataDir, suppression, log } = ground
  const { table, ledger, truth } = clearances
  const { public_url: publicUrl, contact, secrets, step_up } = settings.challenges
  const hashNetwork = createKeyedHash(dataDir.rootKey, 'network')
  const seals = createSeals({ rootKey: dataDir.rootKey, secrets })
  const counted = registerChallengeMetrics(
    metrics.registry,
    leads
      ? () => CHALLENGE_KINDS.map((kind) => [kind, table.size(clock.now(), kind)] as const)
      : undefined,
  )
  const carried = createCarried({ seals, clock })
  const counts = createChallengeCounts({ clock, gossip })
  const settle: Answering['settle'] = async (issued, ...said) => {
    const outcome = await answering.settle(issued, ...said)
    if (outcome.kind === 'refused') counted.count(issued.kind, 'refused')
    return outcome
  }
  const stepUp = createStepUp({
    url: step_up.url,
    secrets: step_up.secrets,
    clock,
    ledger,
    answering: { open: (id) => answering.open(id), settle },
  })
  const kinds = openKinds(ground, seals, stepUp.challenge)
  const answering = createAnswering({
    seals,
    clock,
    challenges: kinds.challenges,
    clearances: table,
    ledger,
    onGranted: (clearance, issued) => {
      counts.solved(issued)
      counted.count(clearance.kind, 'granted')
    },
    onWrong: (why, kind) => counted.count(kind ?? 'unknown', why),
  })
  const issuing = createIssuing({
    seals,
    clock,
    challenges: kinds.challenges,
    clearances: table,
    publicUrl,
    hashNetwork,
    onIssued: (issued) => {
      counts.issued(issued)
      counted.count(issued.kind, 'issued')
    },
    onLimited: (kind) => {
      counted.count(kind, 'limited')
      const note = limitedNote(kind)
      suppression.note(note.kind, note.level, note.fields, note.text)
    },
  })

  return {
    sources: [
      createClearanceSource({
        clearances: table,
        counts,
        clock,
        hashNetwork,
        // A token does not know that it was revoked: it counts once this process would.
        carried: { open: (token) => (clearances.complete() ? carried.open(token) : undefined) },
      }),
      createCorrectionsSource({ clearances: table, clock }),
    ],
    challenging: {
      heard: createUnheard({ ledger: truth, table }),
      offer: (call, facts, decision) => issuing.offer(call, facts, decision),
    },
    administration: createClearanceAdministration({
      ledger,
      table,
      answering: { open: (id) => answering.open(id), settle },
      clock,
    }),
    listener: (asnOf) =>
      createChallengeListener({
        desk: createAnswerDesk({ answering, challenges: kinds.challenges }),
        clock,
        trustedProxies: settings.trusted_proxies,
        edgeHeaders: Object.values(settings.accounts.headers ?? {}),
        credentialHash: createKeyedHash(dataDir.rootKey, 'credential'),
        hashNetwork,
        asnOf,
        urlOf: issuing.urlOf,
        publicUrl,
        contact,
        human: kinds.vendor,
        stepUp: {
          linkFor: stepUp.linkFor,
          receive: async (webhook) => {
            const outcome = await stepUp.receive(webhook)
            if (outcome.kind !== 'settled') counted.count('step_up', outcome.kind)
            return outcome
          },
        },
        onBad: (why, issued) => {
          const { kind, level, fields, text } = challengeNote(why, issued)
          suppression.note(kind, level, fields, text)
        },
        onInternal: (fault) => log.error({ err: fault }, 'challenges'),
      }),
    close: async () => {
      await counts.close()
      await kinds.close()
    },
  }
}
