import type { Campaigns } from '../../core/campaign.ts'
import { Fault } from '../../core/fault.ts'
import type { Answer, AnswerValues, Question } from './detector-protocol.ts'

/** Asks a detector one question. Rejects where it cannot be reached. */
export type AskDetector = (question: Question) => Promise<Answer>

/** The answer to a question of a kind; another kind is a program that misunderstands itself. */
const answered = async <K extends keyof AnswerValues>(
  ask: AskDetector,
  of: K,
  question: Question,
): Promise<AnswerValues[K]> => {
  const answer = await ask(question)
  if (answer.of !== of) throw new Fault('internal')
  // The kind was compared just now.
  return answer.value as AnswerValues[K]
}

/** Campaigns as told by whoever answers questions. */
export const campaignsBy = (ask: AskDetector): Campaigns => ({
  status: () => answered(ask, 'status', { of: 'status' }),
  list: () => answered(ask, 'list', { of: 'list' }),
  show: (id) => answered(ask, 'show', { of: 'show', id }),
  members: (id) => answered(ask, 'members', { of: 'members', id }),
  label: (label) => answered(ask, 'label', { of: 'label', label }),
})
