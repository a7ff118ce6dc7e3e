import type { OverrideVerdict } from '../core/override.ts'
import { askAndPrint, nowOf, pageOf, type GuardGround, type GuardOptions } from './ask-and-print.ts'
import { paintFor } from './campaigns-paint.ts'
import type { ExitCode } from './exit.ts'
import { overrideLine, overridesText } from './overrides-text.ts'
import { overrideAnswer, overridesAnswer } from './overrides-wire.ts'

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

/** Lists overrides that have not run out, a page at a time. */
export const listOverrides = (
  options: GuardOptions & OverrideFilters,
  ground: GuardGround,
): Promise<ExitCode> => {
  const { account, entity, credential, network, asn, verdict, state, limit, after, admin } = options
  const { path, source } = pageOf(AT, admin, {
    account,
    entity,
    credential,
    network,
    asn,
    verdict,
    state,
    limit,
    after,
  })
  return askAndPrint(
    options,
    ground,
    { speaksOf: 'overrides', path, schema: overridesAnswer },
    (page) =>
      overridesText(page, { nowMs: nowOf(ground), paint: paintFor(ground.streams.out), source }),
  )
}

/** Lets a caller skip the rules, or refuses it. */
export const setOverride = (
  options: GuardOptions &
    TypedSubject & {
      readonly verdict: OverrideVerdict
      readonly for: string
      readonly why: string
      readonly confirm: boolean
    },
  ground: GuardGround,
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
  return askAndPrint(
    options,
    ground,
    { speaksOf: 'overrides', path: AT, write, schema: overrideAnswer },
    (one) => overrideLine(one, nowOf(ground)),
  )
}

/** Ends one before its time. */
export const endOverride = (
  options: GuardOptions & { readonly id: string; readonly why: string },
  ground: GuardGround,
): Promise<ExitCode> => {
  const path = `${AT}/${encodeURIComponent(options.id)}/end`
  const write = { why: options.why }
  return askAndPrint(
    options,
    ground,
    { speaksOf: 'overrides', path, write, schema: overrideAnswer },
    (one) => overrideLine(one, nowOf(ground)),
  )
}
