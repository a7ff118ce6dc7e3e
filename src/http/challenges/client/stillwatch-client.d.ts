/** A challenge as it stands in a refusal. */
export type Challenge = {
  readonly id: string
  readonly kind: 'proof_of_work' | 'human' | 'step_up' | (string & {})
  /** Where a person passes it in a browser, and where a program posts its solution. */
  readonly url: string
  /** RFC 3339. */
  readonly expires_at?: string
  /** Set for `proof_of_work`. */
  readonly puzzle?: Puzzle
}

/** A puzzle of ALTCHA v2 with PBKDF2. */
export type Puzzle = {
  readonly parameters: { readonly [name: string]: unknown }
  readonly signature: string
}

/** What solves a puzzle: the counter, and the key it derives in lower case hex. */
export type Solution = { readonly counter: number; readonly derivedKey: string }

/**
 * Why a challenge was not passed by the program alone: it is for a person; its url leads to where nothing
 * is posted; its puzzle is malformed or more work than `maxWork`; the solution was not accepted.
 */
export type Why = 'needs_person' | 'foreign_url' | 'too_much_work' | 'not_accepted'

/** All of them can be left out. */
export type Options = {
  /** Most rounds of PBKDF2 that are spent on one puzzle; 2^27 by default, under a minute of most machines. */
  readonly maxWork?: number
  /** Longest wait, in milliseconds, that an answer of 429 or 503 may ask for; 30,000 by default. */
  readonly maxWaitMs?: number
  /**
   * Origins beside the call's own that solutions may be posted to. Without it: every host with a name,
   * by https. What is posted is the puzzle and its solution, never a credential.
   */
  readonly origins?: readonly string[]
  /**
   * Told of a challenge that the program cannot pass alone; the call waits for it. Return true, or a promise
   * of it, once the challenge is passed, and the call is sent again. With anything else the refusal is
   * returned as it came, also where it throws or rejects: the first time that is told by console.error.
   */
  readonly onChallenge?: (challenge: Challenge, why: Why) => unknown
  /**
   * Sends the clearance that was granted along with later calls of the same credential to the same origin,
   * in `x-stillwatch-clearance`. Off by default: the guard keeps the clearance of an account by itself.
   */
  readonly carry?: boolean
}

/**
 * A `fetch` that passes proof-of-work challenges. A 403 that holds one is answered and the call is sent
 * again once; everything else is returned as `fetch` returned it. Calls of one credential that are
 * challenged at the same time share one solution. Rejects as `fetch` does, with the reason of the call's
 * signal too. A call whose body is a stream is not sent again: its 403 is returned after the challenge was
 * passed, for the next try. Wraps the `fetch` of the platform where none is given. Throws a TypeError for
 * arguments that are neither a function nor a plain object, above all where it is used as `fetch` itself.
 */
export declare const withChallenges: {
  (fetch?: typeof globalThis.fetch, options?: Options): typeof globalThis.fetch
  (options: Options): typeof globalThis.fetch
}

/**
 * Solves a puzzle. Resolves to undefined where it is malformed or more work than `maxWork` rounds of
 * PBKDF2; rejects with the signal's reason.
 */
export declare const solvePuzzle: (
  puzzle: Puzzle,
  options?: { readonly signal?: AbortSignal; readonly maxWork?: number },
) => Promise<Solution | undefined>
