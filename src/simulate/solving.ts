import type { Solves } from '../core/trace.ts'
import type { Random } from './random.ts'

/** Shares of those of one kind that answer each challenge, 0 to 1. */
export type SolvingShares = { readonly [kind in keyof Solves]-?: number }

/**
 * Who answers which challenge. All shares are guesses: nobody has published how API customers take to
 * challenges. What stands behind each of them:
 *
 * | who | proof_of_work | human | step_up |
 * | --- | --- | --- | --- |
 * | people with a tool of their own | 0.9: have a client that solves it, or read the error and open the page | 1: open the page | 0.97: sign in and confirm |
 * | programs | 0.5: have a client that solves it | 0.7: somebody reads the log and opens the page | 0.97: the firm confirms |
 * | declared resellers | 0.5: as programs | 0.7: the user is shown the text of the error | 0.97: a firm that is known |
 * | those who only want the free credit | 1: a page is cheaper than a payment | 0.9 | 0.1: papers once, not for each account |
 * | campaigns (`solves` of a scenario) | 1: minutes of a processor for all accounts together | 0.5: a service at some dollars a thousand | 0: nobody shows papers, or pays again, for a made-up person |
 */
export const SOLVING = {
  person: { proof_of_work: 0.9, human: 1, step_up: 0.97 },
  program: { proof_of_work: 0.5, human: 0.7, step_up: 0.97 },
  reseller: { proof_of_work: 0.5, human: 0.7, step_up: 0.97 },
  trial: { proof_of_work: 1, human: 0.9, step_up: 0.1 },
} as const satisfies { readonly [who: string]: SolvingShares }

const drawn = (random: Random, share: number): boolean =>
  share >= 1 || (share > 0 && random.chance(share))

/** What one of them answers, and always answers. What is certain draws nothing. */
export const drawSolves = (
  random: Random,
  { proof_of_work, human, step_up }: SolvingShares,
): Required<Solves> => ({
  proof_of_work: drawn(random, proof_of_work),
  human: drawn(random, human),
  step_up: drawn(random, step_up),
})
