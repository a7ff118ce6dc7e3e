import type { AnswerOutcome } from '../../challenges/answering.ts'
import { toFault } from '../../core/fault.ts'
import type { Exchange } from '../../core/seams.ts'
import { createAnsweringCaller } from './answering-caller.ts'
import { ANY_ORIGIN } from './cross-origin.ts'
import type { ChallengeListenerParts } from './parts.ts'
import { readAnswer } from './read-answer.ts'
import { refuseAnswer, refuseFault, type AnswerRefusalCode } from './refusals.ts'
import { bytesOf, type Reply } from './reply.ts'

/** Only the operator's side refuses, so that a refused one was spent before. */
const codeOf = (kind: Exclude<AnswerOutcome['kind'], 'granted'>): AnswerRefusalCode =>
  kind === 'refused' ? 'challenge_spent' : `challenge_${kind}`

const replyTo = (outcome: AnswerOutcome): Reply => {
  if (outcome.kind !== 'granted') {
    return refuseAnswer(codeOf(outcome.kind), {
      decision: outcome.issued?.decision,
      retryAfterMs: 'retryAfterMs' in outcome ? outcome.retryAfterMs : undefined,
      rawHeaders: ANY_ORIGIN,
    })
  }
  const { issued, token, clearance } = outcome
  const json = {
    clearance: token,
    kind: issued.kind,
    expires_at: new Date(clearance.expiresMs).toISOString(),
  }
  return {
    status: 200,
    rawHeaders: [
      'content-type',
      'application/json',
      'cache-control',
      'no-store',
      'x-stillwatch-decision',
      issued.decision,
      ...ANY_ORIGIN,
    ],
    body: bytesOf(`${JSON.stringify(json)}\n`),
  }
}

/**
 * Takes an answer to a challenge: who answers, the body, then the desk, which checks the cheap things
 * first. The function rejects with `client_gone` only; every other failure is a reply.
 */
export const createAnswerTaking = (
  parts: ChallengeListenerParts,
): ((exchange: Exchange, id: string) => Promise<Reply>) => {
  const callerOf = createAnsweringCaller(parts)
  const { desk, onBad } = parts
  return async (exchange, id) => {
    try {
      const { head, from } = callerOf(exchange)
      const outcome = await desk.answer(id, await readAnswer(exchange, head), from)
      if (outcome.kind !== 'granted') onBad?.(outcome.kind, outcome.issued)
      return replyTo(outcome)
    } catch (thrown) {
      const fault = toFault(thrown)
      if (fault.source !== 'client' || fault.code === 'client_gone') throw fault
      onBad?.(fault.code)
      return refuseFault(fault, { rawHeaders: ANY_ORIGIN })
    }
  }
}
