import { UNKNOWN, Unknown, type FactName, type Facts, type Findings } from '../core/facts.ts'
import { OVERRIDE_KINDS, type OverrideKind } from '../core/override.ts'
import type { Clock, SignalSource } from '../core/seams.ts'
import type { OverrideTable } from './override-table.ts'

/** What is said of nearly every call: one object. */
const NONE: Findings = Object.freeze({
  'override.verdict': 'none',
  'override.id': UNKNOWN.absent,
})

const unknown = (why: Unknown): Findings =>
  Object.freeze({ 'override.verdict': why, 'override.id': why })

const LATE = unknown(UNKNOWN.late)
const FAILED = unknown(UNKNOWN.failed)

/** The fact that names a subject of a kind. */
const FACT = {
  credential: 'caller.credential',
  account: 'account.id',
  entity: 'account.entity',
  network: 'caller.network',
  asn: 'ip.asn',
} as const satisfies { readonly [K in OverrideKind]: FactName }

/**
 * What operators have said of the caller behind these facts; see {@link createOverrideSource}. Never throws.
 */
export const overrideFindings = (
  table: Pick<OverrideTable, 'isEmpty' | 'any' | 'anyDeny' | 'of'>,
  facts: Facts,
  nowMs: number,
): Findings => {
  if (table.isEmpty()) return NONE
  /** Why somebody who may have an override cannot be told from others. */
  let blind: Unknown | undefined
  /** Whether that override may be a refusal. */
  let mayBeDenied = false
  for (const of of OVERRIDE_KINDS) {
    if (!table.any(of)) continue
    const name = facts.get(FACT[of])
    if (name instanceof Unknown) {
      // No account behind the credential, no number for the address: then nothing is set for it.
      if (name !== UNKNOWN.late && name !== UNKNOWN.failed) continue
      blind ??= name
      mayBeDenied ||= table.anyDeny(of)
      continue
    }
    const found = table.of(of, String(name), nowMs)
    if (found === undefined) continue
    if (found.verdict === 'allow' && mayBeDenied) break
    return { 'override.verdict': found.verdict, 'override.id': found.id }
  }
  if (blind === undefined) return NONE
  return blind === UNKNOWN.late ? LATE : FAILED
}

/**
 * What operators have said of the caller of this call: of its credential, else its account, entity, network
 * or autonomous system. Where one of these is not known for the moment (its source was late or failed) and
 * overrides are set for such, it is not known either whether one is meant: then a permission for something
 * less specific does not count as long as the missing one could be a refusal, and a refusal does.
 */
export const createOverrideSource = (options: {
  readonly table: Pick<OverrideTable, 'isEmpty' | 'any' | 'anyDeny' | 'of'>
  readonly clock: Clock
}): SignalSource => {
  const { table, clock } = options
  return {
    name: 'overrides',
    provides: ['override.verdict', 'override.id'],
    budgetMs: 0,
    wave: 1,
    read: (_call, facts) => (table.isEmpty() ? NONE : overrideFindings(table, facts, clock.now())),
  }
}
