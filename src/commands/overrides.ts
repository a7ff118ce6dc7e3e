import type { z } from 'zod'
import type { OverrideVerdict } from '../core/override.ts'
import { askAdmin } from './ask-admin.ts'
import { paintFor } from './campaigns-paint.ts'
import { wordOf } from './campaigns-words.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { overrideLine, overridesText } from './overrides-text.ts'
import { overrideAnswer, overridesAnswer } from './overrides-wire.ts'
import type { Streams } from './serve.ts'

/** What every `overrides` command is told. */
export type OverridesOptions = {
  readonly json: boolean
  /** URL of a running guard: overrides are nowhere else. */
  readonly admin: string
}

/** What the commands need of the rest. */
export type OverridesGround = {
  readonly streams: Streams
  readonly nowMs?: (() => number) | undefined
}

/** Whom an override is of, as it is typed. */
export type TypedSubject = {
  readonly account?: string | undefined
  readonly entity?: string | undefined
  readonly credential?: string | undefined
  readonly network?: string | undefined
  readonly asn?: string | undefined
}

/** What a list is narrowed by, as it is typed. */
export type OverrideFilters = TypedSubject & {
  readonly verdict?: string | undefined
  readonly state?: string | undefined
  readonly limit?: string | undefined
  readonly after?: string | undefined
}

const AT = '/api/v1/overrides'

const ask = async <S extends z.ZodType>(
  { json, admin }: OverridesOptions,
  { streams }: OverridesGround,
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
      `stillwatch: what answers at ${at} does not speak of overrides as this version does\n`,
    )
    return EXIT.failed
  }
  streams.out.write(json ? `${JSON.stringify(parsed.data)}\n` : print(parsed.data))
  return EXIT.done
}

const nowOf = (ground: OverridesGround): number => (ground.nowMs ?? Date.now)()

/** Lists overrides that have not run out, a page at a time. */
export const listOverrides = (
  options: OverridesOptions & OverrideFilters,
  ground: OverridesGround,
): Promise<ExitCode> => {
  const { account, entity, credential, network, asn, verdict, state, limit, after, admin } = options
  const given = Object.entries({
    account,
    entity,
    credential,
    network,
    asn,
    verdict,
    state,
    limit,
    after,
  }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  const again = given.filter(([name]) => name !== 'after')
  const source = [
    ` --admin ${wordOf(admin)}`,
    ...again.map(([name, value]) => ` --${name} ${wordOf(value)}`),
  ].join('')
  const path = `${AT}?${new URLSearchParams(Object.fromEntries(given)).toString()}`
  return ask(options, ground, { path, schema: overridesAnswer }, (page) =>
    overridesText(page, { nowMs: nowOf(ground), paint: paintFor(ground.streams.out), source }),
  )
}

/** Lets a caller skip the rules, or refuses it. */
export const setOverride = (
  options: OverridesOptions &
    TypedSubject & {
      readonly verdict: OverrideVerdict
      readonly for: string
      readonly why: string
      readonly confirm: boolean
    },
  ground: OverridesGround,
): Promise<ExitCode> => {
  const { account, entity, credential, network, asn, verdict, for: lifetime, why } = options
  const subject = {
    account,
    entity,
    credential,
    network,
    ...(asn !== undefined && { asn: Number(asn) }),
  }
  const write = { subject, verdict, for: lifetime, why, confirm: options.confirm }
  return ask(options, ground, { path: AT, write, schema: overrideAnswer }, (one) =>
    overrideLine(one, nowOf(ground)),
  )
}

/** Ends one before its time. */
export const endOverride = (
  options: OverridesOptions & { readonly id: string; readonly why: string },
  ground: OverridesGround,
): Promise<ExitCode> => {
  const path = `${AT}/${encodeURIComponent(options.id)}/end`
  const write = { why: options.why }
  return ask(options, ground, { path, write, schema: overrideAnswer }, (one) =>
    overrideLine(one, nowOf(ground)),
  )
}
