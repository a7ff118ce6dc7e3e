import { hostIn } from '../../challenges/challenge-url.ts'
import { isAnswerable } from '../../challenges/bound.ts'
import type { Exchange } from '../../core/seams.ts'
import { createAnsweringCaller } from './answering-caller.ts'
import type { AnswerDesk } from './answer-desk.ts'
import { ANY_ORIGIN } from './cross-origin.ts'
import { headerOf } from './headers.ts'
import { languageOf } from './language.ts'
import { formOf, type Form } from './negotiate.ts'
import { openPage } from './pages/open-page.ts'
import { plainText, plainTextOf } from './pages/plain-text.ts'
import { toldPage } from './pages/told-page.ts'
import type { ChallengeListenerParts } from './parts.ts'
import { refuseAnswer } from './refusals.ts'
import { bytesOf, type Reply } from './reply.ts'
import { securityPolicy } from './security-policy.ts'
import type { PageSetting, Shown } from './shown.ts'

const shownAs = (shown: Shown): object => {
  const { id, url, state, puzzle, issued } = shown
  return {
    id,
    kind: issued.kind,
    status: state,
    url,
    expires_at: new Date(issued.expiresMs).toISOString(),
    decision: issued.decision,
    ...(state === 'passed' && {
      holds_until: new Date(issued.expiresMs + issued.lifetimeMs).toISOString(),
    }),
    ...(puzzle && { puzzle }),
  }
}

const COMMON = ['cache-control', 'no-store', 'vary', 'accept, accept-language'] as const

const htmlReply = (status: number, page: string, policy: string): Reply => ({
  status,
  rawHeaders: [
    'content-type',
    'text/html; charset=utf-8',
    'content-security-policy',
    policy,
    'cross-origin-opener-policy',
    'same-origin',
    'cross-origin-resource-policy',
    'same-origin',
    ...COMMON,
  ],
  body: bytesOf(page),
})

const textReply = (status: number, text: string): Reply => ({
  status,
  rawHeaders: ['content-type', 'text/plain; charset=utf-8', ...COMMON, ...ANY_ORIGIN],
  body: bytesOf(text),
})

const look = async (desk: AnswerDesk, id: string, url: string): Promise<Shown | undefined> => {
  const issued = desk.open(id)
  if (issued === undefined) return undefined
  const state = desk.stateOf(issued)
  const puzzle =
    state === 'open' && issued.kind === 'proof_of_work' ? await desk.puzzle(issued) : undefined
  const lacking = state === 'open' && issued.kind === 'proof_of_work' && puzzle === undefined
  return { id, url, issued, state: lacking ? 'unavailable' : state, puzzle }
}

/**
 * Shows how a challenge stands and what to do: a page for browsers, JSON for programs, plain text for who
 * asks for neither. A challenge that was sealed here is shown with status 200 whatever became of it, so
 * that the address goes on telling it; 503 while nothing can be told.
 */
export const createChallengeView = (
  parts: ChallengeListenerParts,
): ((exchange: Exchange, id: string) => Promise<Reply>) => {
  const { desk, urlOf, contact, human, stepUp } = parts
  const callerOf = createAnsweringCaller(parts)
  const plain = securityPolicy()
  const forHuman = human && securityPolicy(human)

  const malformed = (form: Form, setting: PageSetting): Reply => {
    if (form === 'json') return refuseAnswer('challenge_malformed', { rawHeaders: ANY_ORIGIN })
    return form === 'html'
      ? htmlReply(400, toldPage('malformed', setting, undefined), plain)
      : textReply(400, plainTextOf('malformed', setting))
  }

  /** Where it is bound to: who would solve it first and then be told is told before. */
  const placed = (shown: Shown, exchange: Exchange): Shown => {
    const { issued, state } = shown
    const isPlaced = issued.bound.network !== undefined || issued.bound.asn !== undefined
    if (state !== 'open' || !isPlaced) return shown
    const { from } = callerOf(exchange)
    return isAnswerable(issued, { ...from, credential: undefined })
      ? shown
      : { ...shown, state: 'elsewhere', puzzle: undefined }
  }

  return async (exchange, id) => {
    const { rawHeaders } = exchange
    const form = formOf(headerOf(rawHeaders, 'accept'))
    const language = languageOf(headerOf(rawHeaders, 'accept-language'))
    const found = await look(desk, id, urlOf(id, hostIn(rawHeaders)))
    const shown = found && placed(found, exchange)
    const setting: PageSetting = { language, contact, human }
    if (shown === undefined) return malformed(form, setting)
    const { state, issued } = shown
    const status = state === 'unavailable' ? 503 : 200
    const known = ['x-stillwatch-decision', issued.decision]
    if (form === 'json') {
      return {
        status,
        rawHeaders: ['content-type', 'application/json', ...COMMON, ...ANY_ORIGIN, ...known],
        body: bytesOf(`${JSON.stringify(shownAs(shown))}\n`),
      }
    }
    const consoleLink = stepUp.linkFor(issued, id)
    const full: PageSetting = { ...setting, consoleLink }
    if (form === 'text') return textReply(status, plainText(shown, full))
    if (state !== 'open') return htmlReply(status, toldPage(state, full, shown), plain)
    return htmlReply(
      200,
      openPage(shown, full),
      issued.kind === 'human' ? (forHuman ?? plain) : plain,
    )
  }
}
