import { createHmac, pbkdf2Sync } from 'node:crypto'
import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Challenge, Issued, ProofVerdict } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { readPuzzleAnswer, type PuzzleAnswer } from './puzzle-answer.ts'
import { signPuzzle, type PuzzleSecrets } from './puzzle-signature.ts'
import type { Seals } from './seal.ts'

/** How a puzzle is made. */
export const PUZZLE = {
  algorithm: 'PBKDF2/SHA-256',
  /**
   * Rounds of one attempt: few, since issuing costs one attempt too; not fewer, since below that a browser
   * spends its time on calling WebCrypto and a native program does not.
   */
  cost: 500,
  keyLength: 32,
  /**
   * Attempts of ordinary difficulty on average: any number from 1 to twice as many is as likely as another,
   * so that the standard deviation is 0.58 of it. Measured on one core of a server, on average: 0.35 s by
   * Node's synchronous PBKDF2, 0.45 s by WebCrypto, 0.65 s by Python's hashlib; at most twice that.
   */
  attempts: 6_000,
} as const

/** Attempts that a puzzle of this difficulty takes at most; half as many on average. */
export const mostAttempts = (difficulty: number): number =>
  Math.max(1, Math.round(2 * PUZZLE.attempts * difficulty))

type Secrets = PuzzleSecrets & {
  /** Chooses the counters. */
  readonly counter: string
}

/**
 * The counter that solves every puzzle of a challenge: follows from the challenge and a secret, so that it
 * need not be kept and nobody can tell it beforehand. Drawn from 0 on, all alike: in whichever order
 * somebody tries them, and wherever he begins, he pays as much as whoever counts from 0.
 */
const counterOf = (issued: Issued, secret: string): number => {
  const drawn = createHmac('sha256', secret).update(issued.id).digest().readUIntBE(0, 6)
  return drawn % mostAttempts(issued.difficulty)
}

const expiresAtOf = (issued: Issued): number => Math.ceil(issued.expiresMs / 1_000)

/** Whether the puzzle is what would have been issued for this challenge, as far as that costs nothing. */
const judgeTerms = (issued: Issued, { puzzle, solution }: PuzzleAnswer): ProofVerdict => {
  const { algorithm, cost, data, expiresAt, keyLength } = puzzle.parameters
  if (data.challenge !== issued.id) return 'not_yours'
  if (algorithm !== PUZZLE.algorithm || cost !== PUZZLE.cost) return 'malformed'
  if (keyLength !== PUZZLE.keyLength || expiresAt !== expiresAtOf(issued)) return 'malformed'
  return solution.counter < mostAttempts(issued.difficulty) ? 'passed' : 'wrong'
}

const isProven = async (
  issued: Issued,
  answer: PuzzleAnswer,
  secrets: readonly Secrets[],
): Promise<boolean> => {
  for (const { parameters, key, counter } of secrets) {
    const judged = await verifySolution({
      challenge: answer.puzzle,
      solution: answer.solution,
      deriveKey,
      hmacSignatureSecret: parameters,
      hmacKeySignatureSecret: key,
    })
    if (judged.verified) return answer.solution.counter === counterOf(issued, counter)
    if (judged.invalidSignature !== true) return false
  }
  return false
}

/**
 * Proof of work in the form of ALTCHA v2 (altcha-lib 2.8.0), deterministic and with a signed key: whoever
 * tries counters from 0 upwards meets the one that was chosen within a number of attempts that is known,
 * and nobody meets it sooner on average. Verification is the library's, without deriving anything. The library also looks
 * at the clock of the machine, so that no other clock can make it take what has expired; the clock here
 * has to be that one.
 */
export const createProofOfWork = (options: {
  readonly seals: Seals
  readonly clock: Clock
}): Challenge => {
  const { seals, clock } = options
  const keys = seals.secretsOf('altcha key')
  const counters = seals.secretsOf('altcha counter')
  const secrets = seals.secretsOf('altcha').map((parameters, at): Secrets => {
    const [key, counter] = [keys[at], counters[at]]
    if (key === undefined || counter === undefined) throw new Error('secrets are not of one length')
    return { parameters, key, counter }
  })
  const newest = secrets[0]
  if (newest === undefined) throw new Error('there is no secret to sign with')

  return {
    kind: 'proof_of_work',
    puzzle: async (issued) => {
      let solvingKey: Uint8Array | undefined
      const { parameters } = await createChallenge({
        algorithm: PUZZLE.algorithm,
        cost: PUZZLE.cost,
        keyLength: PUZZLE.keyLength,
        counter: counterOf(issued, newest.counter),
        data: { challenge: issued.id },
        expiresAt: expiresAtOf(issued),
        // At once: one attempt takes less than the way through the thread pool.
        deriveKey: ({ cost, keyLength }, salt, password) => {
          solvingKey = pbkdf2Sync(password, salt, cost, keyLength, 'sha256')
          return Promise.resolve({ derivedKey: solvingKey })
        },
      })
      if (solvingKey === undefined) throw new Error('the library derived no key')
      return signPuzzle({ ...parameters }, solvingKey, newest)
    },
    verify: async (issued, answer) => {
      const given = readPuzzleAnswer(answer)
      if (given === undefined) return 'malformed'
      const verdict = judgeTerms(issued, given)
      if (verdict !== 'passed') return verdict
      if (clock.now() >= issued.expiresMs) return 'wrong'
      try {
        return (await isProven(issued, given, secrets)) ? 'passed' : 'wrong'
      } catch {
        // The library promises not to throw for what has passed the form; unforeseen is not passed.
        return 'wrong'
      }
    },
  }
}
