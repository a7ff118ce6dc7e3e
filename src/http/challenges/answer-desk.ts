import { LRUCache } from 'lru-cache'
import type { Answering, ChallengeStatus } from '../../challenges/answering.ts'
import type { Challenge, ChallengeKind, Issued, Puzzle } from '../../core/challenge.ts'
import type { ChallengeState } from './shown.ts'

/** What the listener asks of those who judge answers. Nothing of it throws or rejects. */
export type AnswerDesk = {
  /** What a sealed id says, expired or not; `undefined` for one that was not sealed here. */
  open(id: string): Issued | undefined
  stateOf(issued: Issued): ChallengeState
  /** The puzzle of a proof of work; `undefined` where none can be made. */
  puzzle(issued: Issued): Promise<Puzzle | undefined>
  readonly answer: Answering['answer']
}

/** Some 2 MB. Looking at one challenge again and again must not cost a derivation each time. */
const MAX_PUZZLES = 2_000

const STATE_OF: { readonly [S in ChallengeStatus]: ChallengeState } = {
  open: 'open',
  expired: 'expired',
  granted: 'passed',
  refused: 'refused',
  revoked: 'refused',
}

/** The desk over the parts that judge, as far as this process knows. */
export const createAnswerDesk = (parts: {
  readonly answering: Pick<Answering, 'open' | 'statusOf' | 'answer'>
  readonly challenges: ReadonlyMap<ChallengeKind, Challenge>
}): AnswerDesk => {
  const { answering, challenges } = parts
  const puzzles = new LRUCache<string, Puzzle>({ max: MAX_PUZZLES })

  const puzzle = async (issued: Issued): Promise<Puzzle | undefined> => {
    const known = puzzles.get(issued.id)
    if (known !== undefined) return known
    try {
      const made = await challenges.get(issued.kind)?.puzzle?.(issued)
      if (made !== undefined) puzzles.set(issued.id, made)
      return made
    } catch {
      return undefined
    }
  }

  return {
    open: (id) => {
      const opened = answering.open(id)
      return opened.ok || opened.why === 'expired' ? opened.issued : undefined
    },
    stateOf: (issued) => STATE_OF[answering.statusOf(issued)],
    puzzle,
    answer: (id, answer, from) => answering.answer(id, answer, from),
  }
}
