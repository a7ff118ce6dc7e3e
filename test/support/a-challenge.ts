import { pbkdf2Sync, randomBytes } from 'node:crypto'
import {
  createAnswering,
  type AnswerFailure,
  type Answering,
} from '../../src/challenges/answering.ts'
import { createClearanceTable, type ClearanceTable } from '../../src/challenges/clearance-table.ts'
import { issuedText } from '../../src/challenges/issued-text.ts'
import { createProofOfWork } from '../../src/challenges/proof-of-work.ts'
import { createSeals, type Seals } from '../../src/challenges/seal.ts'
import type {
  Answer,
  AnswerFrom,
  Challenge,
  ChallengeKind,
  Clearance,
  ClearanceLedger,
  Issued,
  Puzzle,
} from '../../src/core/challenge.ts'
import type { Clock } from '../../src/core/seams.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const ROOT_KEY = Buffer.alloc(32, 5)

/** Least work: some 40 attempts. */
const EASY = 0.005

/** An open, easy proof of work of account `acct_1`, issued at `issuedMs` for ten minutes. */
export const anIssued = (over: Partial<Issued> = {}): Issued => {
  const issuedMs = over.issuedMs ?? Date.now()
  return {
    id: randomBytes(16).toString('base64url'),
    kind: 'proof_of_work',
    subject: 'a:acct_1',
    expiresMs: Math.ceil((issuedMs + 10 * MINUTE_MS) / 1_000) * 1_000,
    lifetimeMs: DAY_MS,
    bound: {},
    difficulty: EASY,
    decision: '01k0000000000000000000',
    rule: 'anonymous',
    network: 'network-hash',
    stack: 'stack-hash',
    ...over,
    issuedMs,
  }
}

/** From where the caller of {@link anIssued} answers. */
export const anAnswerFrom = (over: Partial<AnswerFrom> = {}): AnswerFrom => ({
  address: '203.0.113.7',
  network: 'network-hash',
  asn: 64_500,
  credential: undefined,
  ...over,
})

/** Solves a puzzle of PBKDF2 as a client does, counting from 0. */
export const solvePuzzle = ({
  parameters,
}: Puzzle): { readonly counter: number; readonly derivedKey: string } => {
  const { nonce, salt, cost, keyLength, keyPrefix } = parameters
  const password = Buffer.concat([Buffer.from(String(nonce), 'hex'), Buffer.alloc(4)])
  const saltBytes = Buffer.from(String(salt), 'hex')
  for (let counter = 0; ; counter++) {
    password.writeUInt32BE(counter, password.length - 4)
    const key = pbkdf2Sync(password, saltBytes, Number(cost), Number(keyLength), 'sha256')
    const derivedKey = key.toString('hex')
    if (derivedKey.startsWith(String(keyPrefix))) return { counter, derivedKey }
  }
}

/** A ledger in memory whose own clock is `clock`; `fails` makes it unreachable. */
export const aLedger = (clock: Clock): ClearanceLedger & { fails: boolean } => {
  const kept = new Map<string, Clearance>()
  const ledger = {
    fails: false,
    claim: (clearance: Clearance, untilMs: number) => {
      if (ledger.fails) return Promise.reject(new Error('gone'))
      if (clock.now() >= untilMs) return Promise.resolve('expired' as const)
      if (kept.has(clearance.id)) return Promise.resolve('spent' as const)
      kept.set(clearance.id, clearance)
      return Promise.resolve('claimed' as const)
    },
    of: (subject: string) =>
      Promise.resolve([...kept.values()].filter((one) => one.subject === subject)),
    put: (clearance: Clearance) => {
      kept.set(clearance.id, clearance)
      return Promise.resolve()
    },
  }
  return ledger
}

/** Everything that answers are judged by, over a ledger in memory. */
export type AnsweringRig = {
  readonly seals: Seals
  readonly table: ClearanceTable
  readonly ledger: ReturnType<typeof aLedger>
  readonly proofOfWork: Challenge
  readonly answering: Answering
  readonly granted: Clearance[]
  readonly failures: AnswerFailure[]
  /** The sealed id of a challenge. */
  tokenOf(issued: Issued): string
  /** The right answer to a proof of work. */
  solutionOf(issued: Issued): Promise<{
    readonly puzzle: Puzzle
    readonly solution: { readonly counter: number; readonly derivedKey: string }
  }>
  answer(token: string, answer: Answer, from?: AnswerFrom): ReturnType<Answering['answer']>
}

/** A rig on a clock of the test; two with one `seals` and `ledger` are two replicas. */
export const anAnsweringRig = (
  options: {
    readonly clock?: Clock
    readonly seals?: Seals
    readonly ledger?: ReturnType<typeof aLedger>
    readonly human?: Challenge
  } = {},
): AnsweringRig => {
  const clock = options.clock ?? Date
  const seals = options.seals ?? createSeals({ rootKey: ROOT_KEY })
  const ledger = options.ledger ?? aLedger(clock)
  const table = createClearanceTable()
  const proofOfWork = createProofOfWork({ seals, clock })
  const granted: Clearance[] = []
  const failures: AnswerFailure[] = []
  const challenges = new Map<ChallengeKind, Challenge>([['proof_of_work', proofOfWork]])
  if (options.human !== undefined) challenges.set('human', options.human)
  const answering = createAnswering({
    seals,
    clock,
    challenges,
    clearances: table,
    ledger,
    onGranted: (clearance) => void granted.push(clearance),
    onWrong: (why) => void failures.push(why),
  })
  const seal = seals.of('challenge')
  return {
    seals,
    table,
    ledger,
    proofOfWork,
    answering,
    granted,
    failures,
    tokenOf: (issued) => seal.seal(issuedText(issued)),
    solutionOf: async (issued) => {
      const puzzle = await proofOfWork.puzzle?.(issued)
      if (puzzle === undefined) throw new Error('a proof of work has a puzzle')
      return { puzzle, solution: solvePuzzle(puzzle) }
    },
    answer: (token, answer, from = anAnswerFrom()) => answering.answer(token, answer, from),
  }
}
