/**
 * What challenges cost: issuing, answering by the check at which an answer fails, and solving. Issuing and
 * verifying are also done by the library alone, in the same run.
 *
 *     node test/bench/challenges.ts
 *
 * Budgets: 5,000 fresh ones and 5,000 good answers a second and core; to solve an ordinary one takes a core
 * some half a second on average, and a second and a half at most. Answers come 32 at a time, as they do to
 * a server: one after another waits for the threads that WebCrypto works in.
 */
import { webcrypto } from 'node:crypto'
import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { createAnswering } from '../../src/challenges/answering.ts'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { createIssuing } from '../../src/challenges/issuing.ts'
import { createProofOfWork, PUZZLE } from '../../src/challenges/proof-of-work.ts'
import { createSeals } from '../../src/challenges/seal.ts'
import type { Answer, Puzzle } from '../../src/core/challenge.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { aCall } from '../support/a-call.ts'
import { anAnswerFrom, anAnsweringRig, anIssued, solvePuzzle } from '../support/a-challenge.ts'
import { aDecision } from '../support/an-event.ts'
import { someFacts } from '../support/some-facts.ts'

const ROUNDS = 5
const ROUND_MS = 400
const AT_ONCE = 32

const rootKey = Buffer.alloc(32, 1)
const seals = createSeals({ rootKey })
const clock = Date
const hashNetwork = createKeyedHash(rootKey, 'network')
const proofOfWork = createProofOfWork({ seals, clock })
const challenges = new Map([['proof_of_work' as const, proofOfWork]])

type Figure = { readonly wallUs: number; readonly cpuUs: number }

/** Microseconds of one piece of work, by the clock and by all threads together; the median of rounds. */
const measure = async (work: (n: number) => Promise<unknown>): Promise<Figure> => {
  const figures: Figure[] = []
  let n = 0
  for (let round = -1; round < ROUNDS; round++) {
    const beginMs = performance.now()
    const cpu = process.cpuUsage()
    const from = n
    while (performance.now() - beginMs < ROUND_MS) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => work(n++)))
    }
    const used = process.cpuUsage(cpu)
    const count = n - from
    const wallUs = ((performance.now() - beginMs) * 1_000) / count
    if (round >= 0) figures.push({ wallUs, cpuUs: (used.user + used.system) / count })
  }
  const sorted = figures.toSorted((one, other) => one.cpuUs - other.cpuUs)
  return sorted[Math.floor(sorted.length / 2)] ?? { wallUs: Number.NaN, cpuUs: Number.NaN }
}

let base: Figure | undefined

const tell = async (
  name: string,
  work: (n: number) => Promise<unknown>,
  isBase = false,
): Promise<void> => {
  const figure = await measure(work)
  if (isBase) base = figure
  const { wallUs, cpuUs } = figure
  const ratio = base === undefined ? '' : `${(cpuUs / base.cpuUs).toFixed(2)}x`
  console.log(
    `${name.padEnd(38)} ${cpuUs.toFixed(1).padStart(7)} µs of a core ${Math.round(1e6 / cpuUs)
      .toString()
      .padStart(8)} /s ${ratio.padStart(7)}  (${wallUs.toFixed(1)} µs by the clock)`,
  )
}

const must = (is: boolean, what: string): void => {
  if (!is) throw new Error(`not the case meant: ${what}`)
}

const issuing = createIssuing({
  seals,
  clock,
  challenges,
  clearances: createClearanceTable(),
  publicUrl: 'https://api.example.com',
  hashNetwork,
  onIssued: () => undefined,
  limits: { take: () => 0 },
})
const decision = aDecision({
  verdict: 'challenge',
  rule: 'anonymous',
  challenge: {
    kind: 'proof_of_work',
    validMs: 600_000,
    lifetimeMs: 86_400_000,
    bind: ['network'],
    difficulty: 1,
  },
})
const factsOf = (account: string) =>
  someFacts({ 'account.known': true, 'account.id': account, 'caller.stack': 'stack-hash' })
const offer = async (account: string): Promise<void> => {
  const offered = await issuing.offer(aCall(), factsOf(account), decision)
  must(offered?.kind === 'offer', `${offered?.kind}`)
}

console.log('issuing')
const librarySecrets = {
  hmacSignatureSecret: seals.secret('a'),
  hmacKeySignatureSecret: seals.secret('b'),
}
await tell(
  'library alone, its own signature',
  async (n) => {
    const counter = n % (2 * PUZZLE.attempts)
    const data = { challenge: 'x'.repeat(22) }
    const { algorithm, cost } = PUZZLE
    const expiresAt = Math.ceil(Date.now() / 1_000) + 600
    await createChallenge({
      algorithm,
      cost,
      counter,
      data,
      expiresAt,
      deriveKey,
      ...librarySecrets,
    })
  },
  true,
)
await tell('a fresh offer', (n) => offer(`acct_${n}`))
await tell('the same offer again', () => offer('acct_0'))

console.log('\nanswering')
const rig = anAnsweringRig({ seals })
const issued = anIssued()
const right = await rig.solutionOf(issued)
const token = rig.tokenOf(issued)
const libraryCase = {
  // A puzzle of ours has the fields that the library's type names.
  challenge: right.puzzle as unknown as Parameters<typeof verifySolution>[0]['challenge'],
  solution: right.solution,
  deriveKey,
  hmacSignatureSecret: seals.secret('altcha'),
  hmacKeySignatureSecret: seals.secret('altcha key'),
}
await tell(
  'library alone, a good one',
  async () => must((await verifySolution(libraryCase)).verified, 'verified'),
  true,
)

// A clearance that nothing remembers: every answer of the bench is the first.
const judge = createAnswering({
  seals,
  clock,
  challenges,
  clearances: { of: () => [], take: () => true },
  ledger: {
    claim: () => Promise.resolve('claimed'),
    of: () => Promise.resolve([]),
    put: () => Promise.resolve(),
  },
  onGranted: () => undefined,
  wrongAnswers: { waitMs: () => 0, wrong: () => undefined },
})
const from = anAnswerFrom()
const answers = async (
  name: string,
  kind: string,
  id: string,
  answer: Answer,
  by = judge,
): Promise<void> =>
  tell(name, async () => {
    const outcome = await by.answer(id, answer, from)
    must(outcome.kind === kind, outcome.kind)
  })
const flipped = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
const { puzzle, solution } = right

await answers('good, to the claim', 'granted', token, right)
await answers('id of 1 MB', 'malformed', 'A'.repeat(1_000_000), right)
await answers('id that is none', 'malformed', 'A'.repeat(token.length), right)
await answers(
  'id with a wrong seal',
  'malformed',
  `${token.slice(0, 40)}AAAA${token.slice(44)}`,
  right,
)
const old = anIssued({ issuedMs: Date.now() - 3_600_000 })
await answers('expired', 'expired', rig.tokenOf(old), right)
const bound = anIssued({ bound: { network: 'another' } })
await answers('from elsewhere', 'not_yours', rig.tokenOf(bound), right)
await answers('no puzzle', 'malformed', token, { puzzle: 'junk' })
await answers('puzzle of another challenge', 'not_yours', rig.tokenOf(anIssued()), right)
const forged = { ...puzzle, signature: flipped(puzzle.signature) }
await answers('forged puzzle', 'wrong', token, { puzzle: forged, solution })
const guessed = { ...solution, derivedKey: flipped(solution.derivedKey) }
await answers('wrong key', 'wrong', token, { puzzle, solution: guessed })
await rig.answer(token, right)
await answers('spent', 'spent', token, right, rig.answering)

console.log('\nsolving an ordinary one (one core)')
const ordinary = async (): Promise<Puzzle> => {
  const made = await proofOfWork.puzzle?.(anIssued({ difficulty: 1 }))
  if (made === undefined) throw new Error('no puzzle')
  return made
}
/** As a page does it, one attempt after another. */
const solveByWebCrypto = async ({ parameters }: Puzzle): Promise<number> => {
  const { subtle } = webcrypto
  const salt = Buffer.from(String(parameters['salt']), 'hex')
  const password = Buffer.concat([Buffer.from(String(parameters['nonce']), 'hex'), Buffer.alloc(4)])
  const terms = { name: 'PBKDF2', salt, iterations: Number(parameters['cost']), hash: 'SHA-256' }
  for (let counter = 0; ; counter++) {
    password.writeUInt32BE(counter, password.length - 4)
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
    const bits = Buffer.from(await subtle.deriveBits(terms, key, 256))
    if (bits.toString('hex').startsWith(String(parameters['keyPrefix']))) return counter
  }
}
/** Each gives the counter that it has found. */
const solvers: { readonly [name: string]: (puzzle: Puzzle) => number | Promise<number> } = {
  'Node, synchronous': (made) => solvePuzzle(made).counter,
  'Node, WebCrypto': solveByWebCrypto,
}
// How many attempts one takes is drawn evenly from 1 to twice PUZZLE.attempts: what an attempt costs says all.
for (const [name, solve] of Object.entries(solvers)) {
  let attempts = 0
  const beginMs = performance.now()
  const cpu = process.cpuUsage()
  for (let n = 0; n < 15; n++) attempts += 1 + (await solve(await ordinary()))
  const { user, system } = process.cpuUsage(cpu)
  const attemptUs = (user + system) / attempts
  const meanS = (attemptUs * PUZZLE.attempts) / 1e6
  const text = (seconds: number): string => `${seconds.toFixed(2)} s`
  console.log(
    `${name.padEnd(38)} ${text(meanS)} of a core on average, deviating by ${text(meanS / Math.sqrt(3))}, ${text(2 * meanS)} at most` +
      `  (${attemptUs.toFixed(1)} µs an attempt, ${((performance.now() - beginMs) / attempts / 1e-3).toFixed(1)} µs by the clock)`,
  )
}
