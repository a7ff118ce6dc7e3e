import type { Corrections } from '../core/challenge.ts'
import { askAndPrint, nowOf, pageOf, type GuardGround, type GuardOptions } from './ask-and-print.ts'
import { paintFor } from './campaigns-paint.ts'
import { clearanceLine, clearancesText } from './clearances-text.ts'
import { clearanceAnswer, clearancesAnswer } from './clearances-wire.ts'
import type { ExitCode } from './exit.ts'

/** What a list is narrowed by, as it is typed. */
export type ClearanceFilters = {
  readonly account?: string | undefined
  readonly credential?: string | undefined
  readonly kind?: string | undefined
  readonly state?: string | undefined
  readonly limit?: string | undefined
  readonly after?: string | undefined
}

const AT = '/api/v1/clearances'

/** Lists clearances that have not run out, a page at a time. */
export const listClearances = (
  options: GuardOptions & ClearanceFilters,
  ground: GuardGround,
): Promise<ExitCode> => {
  const { account, credential, kind, state, limit, after, admin } = options
  const { path, source } = pageOf(AT, admin, { account, credential, kind, state, limit, after })
  return askAndPrint(
    options,
    ground,
    { speaksOf: 'clearances', path, schema: clearancesAnswer },
    (page) =>
      clearancesText(page, { nowMs: nowOf(ground), paint: paintFor(ground.streams.out), source }),
  )
}

const change = (
  options: GuardOptions,
  ground: GuardGround,
  path: string,
  write: object,
): Promise<ExitCode> =>
  askAndPrint(
    options,
    ground,
    { speaksOf: 'clearances', path, write, schema: clearanceAnswer },
    (clearance) => clearanceLine(clearance, nowOf(ground)),
  )

/** Lets an account pass. */
export const grantClearance = (
  options: GuardOptions & {
    readonly account?: string | undefined
    readonly credential?: string | undefined
    readonly kind: string
    readonly lifetime: string
    readonly why: string
  },
  ground: GuardGround,
): Promise<ExitCode> => {
  const { account, credential, kind, lifetime, why } = options
  return change(options, ground, AT, { account, credential, kind, lifetime, why })
}

/** Ends a clearance, or takes back a refusal. */
export const revokeClearance = (
  options: GuardOptions & { readonly id: string; readonly why: string },
  ground: GuardGround,
): Promise<ExitCode> =>
  change(options, ground, `${AT}/${encodeURIComponent(options.id)}/revoke`, { why: options.why })

/** A sealed challenge is some 300 characters, the id of a decision 26. */
const MAX_DECISION_CHARS = 64

/** Confirms a step-up, or refuses it; `challenge` may also be the id of the call that met it. */
export const settleChallenge = (
  options: GuardOptions & {
    readonly challenge: string
    readonly result: string
    readonly facts: Corrections
    readonly lifetime?: string | undefined
    readonly why: string
  },
  ground: GuardGround,
): Promise<ExitCode> => {
  const { challenge, result, facts, lifetime, why } = options
  return change(options, ground, '/api/v1/challenges/settle', {
    ...(challenge.length > MAX_DECISION_CHARS ? { challenge } : { decision: challenge }),
    result,
    lifetime,
    ...(Object.keys(facts).length > 0 && { facts }),
    why,
  })
}
