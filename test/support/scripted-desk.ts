import { createChallenge, verifySolution, type Challenge, type Solution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import type { Answer, AnswerFrom, Issued, Puzzle } from '../../src/core/challenge.ts'
import type { AnswerFailure, AnswerOutcome } from '../../src/challenges/answering.ts'
import type { AnswerDesk } from '../../src/http/challenges/answer-desk.ts'
import type { ChallengeState } from '../../src/http/challenges/shown.ts'

const SECRETS = { hmacSignatureSecret: 'a', hmacKeySignatureSecret: 'b' }

/** A desk whose challenges stand as a test says, and which remembers what it was asked. */
export type ScriptedDesk = AnswerDesk & {
  /** Makes a challenge; gives back its sealed id. */
  issue(id: string, state?: ChallengeState, over?: Partial<Issued>): string
  /** Changes how one stands. */
  become(id: string, state: ChallengeState): void
  /** What the next answers are given, whatever they say; `undefined` judges them again. */
  next: AnswerFailure | 'granted' | undefined
  readonly answers: { readonly id: string; readonly answer: Answer; readonly from: AnswerFrom }[]
}

/** A puzzle of few counters, so that a browser is done in a moment. */
const puzzleOf = async (issued: Issued): Promise<Puzzle> => {
  const { parameters, signature = '' } = await createChallenge({
    algorithm: 'PBKDF2/SHA-256',
    cost: 100,
    counter: 40,
    deriveKey,
    data: { challenge: issued.id },
    expiresAt: new Date(issued.expiresMs),
    ...SECRETS,
  })
  return { parameters: { ...parameters }, signature }
}

const isSolved = async ({ puzzle, solution }: Answer): Promise<boolean> => {
  if (typeof puzzle !== 'object' || puzzle === null || !('parameters' in puzzle)) return false
  if (typeof solution !== 'object' || solution === null) return false
  const { verified } = await verifySolution({
    // The library looks at every field itself.
    challenge: puzzle as Challenge,
    solution: solution as Solution,
    deriveKey,
    ...SECRETS,
  })
  return verified
}

/** Builds a {@link ScriptedDesk}; human tokens pass when they are `good`. */
export const scriptedDesk = (nowMs = Date.now()): ScriptedDesk => {
  const known = new Map<string, { issued: Issued; state: ChallengeState }>()
  const desk: ScriptedDesk = {
    answers: [],
    next: undefined,
    issue(id, state = 'open', over = {}) {
      const issued: Issued = {
        id,
        kind: 'proof_of_work',
        subject: 'a:acct_1',
        issuedMs: nowMs,
        expiresMs: nowMs + 600_000,
        lifetimeMs: 3_600_000,
        bound: {},
        difficulty: 1,
        decision: 'dec_01J9ZC6Y5N4T',
        rule: 'prove',
        network: 'n',
        stack: 's',
        ...over,
      }
      known.set(id, { issued, state })
      return id
    },
    become(id, state) {
      const found = known.get(id)
      if (found !== undefined) found.state = state
    },
    open: (id) => known.get(id)?.issued,
    stateOf: (issued) => known.get(issued.id)?.state ?? 'unavailable',
    puzzle: (issued) => puzzleOf(issued),
    async answer(id, answer, from) {
      desk.answers.push({ id, answer, from })
      const found = known.get(id)
      if (found === undefined) return { kind: 'malformed' }
      const { issued, state } = found
      const granted: AnswerOutcome = {
        kind: 'granted',
        issued,
        token: `clearance-of-${id}`,
        clearance: {
          id,
          kind: issued.kind,
          subject: issued.subject,
          state: 'granted',
          atMs: nowMs,
          expiresMs: issued.expiresMs + issued.lifetimeMs,
          bound: issued.bound,
        },
      }
      if (desk.next === 'granted') return granted
      if (desk.next !== undefined) return { kind: desk.next, issued, retryAfterMs: 2_000 }
      if (state !== 'open') return { kind: state === 'expired' ? 'expired' : 'spent', issued }
      const passed =
        issued.kind === 'proof_of_work' ? await isSolved(answer) : answer['token'] === 'good'
      if (!passed) return { kind: 'wrong', issued }
      found.state = 'passed'
      return granted
    },
  }
  return desk
}
