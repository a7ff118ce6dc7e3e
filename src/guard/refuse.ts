import { formatAmount, formatQuota } from '../core/amount-text.ts'
import type { Call } from '../core/call.ts'
import type { ChallengeKind } from '../core/challenge.ts'
import type { Admission, LimitState, Ruling } from '../core/decision.ts'
import { FAULTS, type Fault } from '../core/fault.ts'
import type { Dialect, Exchange, Refusal } from '../core/seams.ts'
import { formatDuration } from '../core/time.ts'

const S_MS = 1_000

type Refused = Extract<Admission, { readonly admitted: false }>

/**
 * What a reached limit is told as: what it is, and where there is room for a smaller call, how much. A
 * quota that several callers share is nobody's to be told.
 */
const limitWords = (state: LimitState, wait: string, id: string): string => {
  const { own, counted, quota, windowMs, remaining, cost } = state
  if (!own) {
    return `A limit is reached. Try again in ${wait}. If you think it should not apply to you, contact the operator and quote ${id}.`
  }
  const span = windowMs > 0 ? ` in ${formatDuration(windowMs)}` : ''
  const limit = `The limit of ${formatQuota(counted, quota)}${span}`
  return remaining > 0 && cost > remaining
    ? `${limit} has ${formatAmount(counted, remaining)} left, and this call may need ${formatAmount(counted, cost)}. Ask for fewer output tokens, or try again in ${wait}.`
    : `${limit} is reached. Try again in ${wait}.`
}

const refusalOfLimit = (refused: Refused, { id, atMs }: Call): Refusal => {
  const { refusedBy, because, retryAfterMs, states } = refused
  const { counted } = refusedBy
  const wait = formatDuration(retryAfterMs)
  const rest = { id, retryAfterMs, counted }
  return because === 'exceeded'
    ? {
        status: 429,
        code: 'limit_exceeded',
        message: limitWords(refusedBy, wait, id),
        ...rest,
        limits: states,
        atMs,
      }
    : {
        status: 503,
        code: 'limits_unavailable',
        message: `Whether this call is within its limits cannot be told at the moment. Try again in ${wait}.`,
        ...rest,
      }
}

/**
 * The refusal of a ruling, in words for the caller: what happened and what to do next, and nothing that
 * teaches an attacker which rule or fact it met.
 */
export const refusalOf = (ruling: Ruling, call: Call): Refusal => {
  const { id } = call
  const { admission, shed } = ruling
  if (admission?.admitted === false) return refusalOfLimit(admission, call)
  if (shed !== undefined) {
    const wait = formatDuration(shed.retryAfterMs)
    return {
      status: 503,
      code: 'upstream_overloaded',
      message: `The model API has more calls than it can serve. Try again in ${wait}.`,
      id,
      retryAfterMs: shed.retryAfterMs,
    }
  }
  const retryAfterMs = (ruling.decision.retryAfterS ?? 0) * S_MS
  switch (ruling.verdict) {
    case 'throttle':
      return {
        status: 429,
        code: 'throttled',
        message: `Too many calls of this kind right now. Try again in ${formatDuration(retryAfterMs)}.`,
        id,
        retryAfterMs,
      }
    case 'challenge':
      return refusalOfChallenge(ruling, id)
    case 'allow':
    case 'deny':
      return {
        status: 403,
        code: 'denied',
        message: `This call is not permitted for this account. If you think it should be, contact the operator and quote ${id}.`,
        id,
      }
  }
}

/** What a person is told to do; a program finds the same in the challenge object. `about`: page for customers. */
const CHALLENGE_WORDS: { readonly [K in ChallengeKind]: (about: string) => string } = {
  proof_of_work: (about) =>
    `Before this call a small puzzle has to be solved, once: your program can do it by itself (${about} tells how), or you in a browser. Then call again.`,
  human: () => 'Before this call a person has to confirm in a browser, once. Then call again.',
  step_up: () =>
    'Before this call the holder of the account has to confirm who uses it, once. Then call again.',
}

const refusalOfChallenge = ({ offered }: Ruling, id: string): Refusal => {
  const refusal = { code: 'challenge_required', status: 403, id } as const
  if (offered === undefined) {
    const message = `This call needs a further confirmation. Contact the operator and quote ${id}.`
    return { ...refusal, message }
  }
  if (offered.kind === 'limited') {
    const { retryAfterMs } = offered
    const message = `Too many challenges were asked for from here. Try again in ${formatDuration(retryAfterMs)}.`
    return { status: 429, code: 'challenge_limited', message, id, retryAfterMs }
  }
  const { offer } = offered
  const { url } = offer
  const words = CHALLENGE_WORDS[offer.kind](url.replace(/challenges\/.*$/, ''))
  // The address is long: at the end it does not tear the sentence apart.
  const message = `${words} Nothing was charged. Request id: ${id}. Open: ${url}`
  return { ...refusal, message, challenge: offer }
}

/** What a refusal tells of the limits of its call. */
type ToldLimits = Pick<Refusal, 'limits' | 'atMs' | 'limitsAgeMs'>

/** The refusal of a fault: the table's text, and the detail where there is one. */
export const refusalOfFault = (fault: Fault, id: string, told: ToldLimits = {}): Refusal => {
  const { status, text, retryable } = FAULTS[fault.code]
  const message = fault.detail === undefined ? text : `${text} (${fault.detail})`
  return {
    status,
    code: fault.code,
    message,
    id,
    retryAfterMs: retryable ? S_MS : undefined,
    ...told,
  }
}

/** Gives a refusal to the caller; the status its dialect has for it, and the bytes of its body. */
export const answer = (
  exchange: Exchange,
  dialect: Dialect,
  refusal: Refusal,
): { readonly status: number; readonly bytesOut: number } => {
  const { status, rawHeaders, body } = dialect.refuse(refusal)
  exchange.start(status, rawHeaders)
  exchange.end(exchange.method === 'HEAD' ? undefined : body)
  return { status, bytesOut: body.length }
}
