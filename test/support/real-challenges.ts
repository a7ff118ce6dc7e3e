import { join } from 'node:path'
import { createAnswering } from '../../src/challenges/answering.ts'
import { createClearanceTable, type ClearanceTable } from '../../src/challenges/clearance-table.ts'
import { issuedText } from '../../src/challenges/issued-text.ts'
import { openOwnLedger } from '../../src/challenges/own-ledger.ts'
import { createProofOfWork } from '../../src/challenges/proof-of-work.ts'
import { createSeals } from '../../src/challenges/seal.ts'
import { createStepUp } from '../../src/challenges/step-up.ts'
import type { Challenge, ChallengeKind, Issued } from '../../src/core/challenge.ts'
import { createAnswerDesk } from '../../src/http/challenges/answer-desk.ts'
import { anIssued } from './a-challenge.ts'
import { startChallengeRig, type ChallengeRig } from './challenge-rig.ts'

/** Secret of the webhooks of a {@link RealChallenges}. */
export const STEP_UP_SECRET = 'a secret of the console, long enough to be safe'

/** A listener over the parts that a guard has: seals, puzzles, a ledger on disk. */
export type RealChallenges = ChallengeRig & {
  readonly table: ClearanceTable
  /** Issues a challenge, an easy proof of work of account `acct_1` unless told; gives its sealed id. */
  issue(over?: Partial<Issued>): string
  /** What a sealed id says. */
  opened(id: string): Issued
}

/** Starts one with its ledger in `dataDir`. */
export const startRealChallenges = async (
  dataDir: string,
  over: Parameters<typeof startChallengeRig>[1] = {},
): Promise<RealChallenges> => {
  const clock = { now: () => Date.now() }
  const seals = createSeals({ rootKey: Buffer.alloc(32, 9) })
  const clearances = createClearanceTable()
  const ledger = openOwnLedger({ file: join(dataDir, 'clearances'), table: clearances, clock })
  const proofOfWork = createProofOfWork({ seals, clock })
  const challenges = new Map<ChallengeKind, Challenge>([['proof_of_work', proofOfWork]])
  const answering = createAnswering({
    seals,
    clock,
    challenges,
    clearances,
    ledger,
    onGranted: () => undefined,
  })
  const stepUp = createStepUp({
    answering,
    ledger,
    clock,
    url: 'https://console.example.com/confirm',
    secrets: [STEP_UP_SECRET],
  })
  const desk = createAnswerDesk({ answering, challenges })
  const rig = await startChallengeRig(desk, { stepUp, ...over })
  const seal = seals.of('challenge')
  return {
    ...rig,
    table: clearances,
    issue: (more) => seal.seal(issuedText(anIssued(more))),
    opened: (id) => {
      const opened = answering.open(id)
      if (!opened.ok) throw new Error(`the challenge is ${opened.why}`)
      return opened.issued
    },
    close: async () => {
      await rig.close()
      ledger.close()
    },
  }
}
