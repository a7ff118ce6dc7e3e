import type { z } from 'zod'
import type { Corrections } from '../core/challenge.ts'
import { askAdmin } from './ask-admin.ts'
import { paintFor } from './campaigns-paint.ts'
import { wordOf } from './campaigns-words.ts'
import { clearanceLine, clearancesText } from './clearances-text.ts'
import { clearanceAnswer, clearancesAnswer } from './clearances-wire.ts'
import { EXIT, type ExitCode } from './exit.ts'
import type { Streams } from './serve.ts'

/** What every `clearances` command is told. */
export type ClearancesOptions = {
  readonly json: boolean
  /** URL of a running guard: clearances are nowhere else. */
  readonly admin: string
}

/** What the commands need of the rest. */
export type ClearancesGround = {
  readonly streams: Streams
  readonly nowMs?: (() => number) | undefined
}

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

const ask = async <S extends z.ZodType>(
  { json, admin }: ClearancesOptions,
  { streams }: ClearancesGround,
  question: { readonly path: string; readonly write?: object; readonly schema: S },
  print: (value: z.output<S>) => string,
): Promise<ExitCode> => {
  const answer = await askAdmin(admin, question.path, process.env, question.write)
  if (!answer.ok) {
    streams.err.write(`stillwatch: ${answer.conflict ?? answer.what}\n`)
    return answer.exit
  }
  const parsed = question.schema.safeParse(answer.body)
  if (!parsed.success) {
    const at = new URL(admin).origin
    streams.err.write(
      `stillwatch: what answers at ${at} does not speak of clearances as this version does\n`,
    )
    return EXIT.failed
  }
  streams.out.write(json ? `${JSON.stringify(parsed.data)}\n` : print(parsed.data))
  return EXIT.done
}

const nowOf = (ground: ClearancesGround): number => (ground.nowMs ?? Date.now)()

/** Lists clearances that have not run out, a page at a time. */
export const listClearances = (
  options: ClearancesOptions & ClearanceFilters,
  ground: ClearancesGround,
): Promise<ExitCode> => {
  const { account, credential, kind, state, limit, after, admin } = options
  const given = Object.entries({ account, credential, kind, state, limit, after }).flatMap(
    ([name, value]) => (value === undefined ? [] : [[name, value] as const]),
  )
  const again = given.filter(([name]) => name !== 'after')
  const source = [
    ` --admin ${wordOf(admin)}`,
    ...again.map(([name, value]) => ` --${name} ${wordOf(value)}`),
  ].join('')
  const path = `${AT}?${new URLSearchParams(Object.fromEntries(given)).toString()}`
  return ask(options, ground, { path, schema: clearancesAnswer }, (page) =>
    clearancesText(page, { nowMs: nowOf(ground), paint: paintFor(ground.streams.out), source }),
  )
}

const change = (
  options: ClearancesOptions,
  ground: ClearancesGround,
  path: string,
  write: object,
): Promise<ExitCode> =>
  ask(options, ground, { path, write, schema: clearanceAnswer }, (clearance) =>
    clearanceLine(clearance, nowOf(ground)),
  )

/** Lets an account pass. */
export const grantClearance = (
  options: ClearancesOptions & {
    readonly account?: string | undefined
    readonly credential?: string | undefined
    readonly kind: string
    readonly lifetime: string
    readonly why: string
  },
  ground: ClearancesGround,
): Promise<ExitCode> => {
  const { account, credential, kind, lifetime, why } = options
  return change(options, ground, AT, { account, credential, kind, lifetime, why })
}

/** Ends a clearance, or takes back a refusal. */
export const revokeClearance = (
  options: ClearancesOptions & { readonly id: string; readonly why: string },
  ground: ClearancesGround,
): Promise<ExitCode> =>
  change(options, ground, `${AT}/${encodeURIComponent(options.id)}/revoke`, { why: options.why })

/** A sealed challenge is some 300 characters, the id of a decision 26. */
const MAX_DECISION_CHARS = 64

/** Confirms a step-up, or refuses it; `challenge` may also be the id of the call that met it. */
export const settleChallenge = (
  options: ClearancesOptions & {
    readonly challenge: string
    readonly result: string
    readonly facts: Corrections
    readonly lifetime?: string | undefined
    readonly why: string
  },
  ground: ClearancesGround,
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
