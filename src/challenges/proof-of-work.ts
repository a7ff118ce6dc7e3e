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
   * Attempts of ordinary difficulty: from this to twice as many. Measured on one core of a server: 0.24 to
   * 0.5 s by Node's synchronous PBKDF2, 0.45 to 0.9 s by Python's hashlib, 0.5 to 1 s by WebCrypto.
   */
  attempts: 4_000,
} as const

/** Attempts that a puzzle of this difficulty takes, at least and at most. */
export const attemptsOf = (
  difficulty: number,
): { readonly least: number; readonly most: number } => {
  const least = Math.max(1, Math.round(PUZZLE.attempts * difficulty))
  return { least, most: 2 * least - 1 }
}

type Secrets = PuzzleSecrets & {
  /** Chooses the counters. */
  readonly counter: string
}

/**
 * The counter that solves every puzzle of a challenge: follows from the challenge and a secret, so that it
 * need not be kept and nobody can tell it beforehand.
 */
const counterOf = (issued: Issued, secret: string): number => {
  const { least, most } = attemptsOf(issued.difficulty)
  const drawn = createHmac('sha256', secret).update(issued.id).digest().readUIntBE(0, 6)
  return least + (drawn % (most - least + 1))
}

const expiresAtOf = (issued: Issued): number => Math.ceil(issued.expiresMs / 1_000)

/** Whether the puzzle is what would have been issued for this challenge, as far as that costs nothing. */
const judgeTerms = (issued: Issued, { puzzle, solution }: PuzzleAnswer): ProofVerdict => {
  const { algorithm, cost, data, expiresAt, keyLength } = puzzle.parameters
  if (data.challenge !== issued.id) return 'not_yours'
  if (algorithm !== PUZZLE.algorithm || cost !== PUZZLE.cost) return 'malformed'
  if (keyLength !== PUZZLE.keyLength || expiresAt !== expiresAtOf(issued)) return 'malformed'
  const { least, most } = attemptsOf(issued.difficulty)
  return solution.counter < least || solution.counter > most ? 'wrong' : 'passed'
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
 * tries counters from 0 upwards meets the one that was chosen after a number of attempts that is known
 * within a factor of two. Verification is the library's, without deriving anything. The library also looks
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
