import type { ChallengeKind } from '../core/challenge.ts'
import { FACT_SLOT, type FactName } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import { parseDurationMs } from '../core/time.ts'
import { compileChallenge } from './compile-challenge.ts'
import {
  compileCondition,
  compileScale,
  type Condition,
  type ExpressionScope,
  type Scale,
} from './condition.ts'
import { countedQuota, reportScale } from './limit-amount.ts'
import type { Limit, Rule, Tier, Weight } from './policy.ts'
import type { Draft } from './read-policy-document.ts'
import { reshapeOf } from './reshape-schema.ts'
import type { EntryOf, Section } from './schema.ts'

const DEFAULT_RETRY_AFTER_S = 30

/**
 * Facts that name the caller: what is left of such a limit says nothing about anybody else. An address is
 * none of them, since a whole office may stand behind it.
 */
const NAMES_CALLER: ReadonlySet<FactName> = new Set([
  'account.id',
  'account.entity',
  'caller.credential',
])

/** What the settings offer to the policies; what they do not offer cannot be enforced. */
export type Capabilities = {
  /** Whether models have prices, so that money can be counted. */
  readonly prices: boolean
  /** Kinds of challenge that somebody verifies. */
  readonly challenges: ReadonlySet<ChallengeKind>
}

/** What every guard offers, whatever its settings. */
export const LEAST_CAPABILITIES: Capabilities = {
  prices: false,
  challenges: new Set(['proof_of_work', 'step_up']),
}

/** Compiles the entries of one place of a policy and collects what is wrong with them. */
export type EntryCompiler = {
  readonly scope: ExpressionScope
  readonly capabilities: Capabilities
  readonly report: (problem: Problem) => void
}

/** The text of a condition: YAML's own true and false are as good as the quoted words. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number'
    ? String(value)
    : undefined

const conditionOf = <S extends Section>(
  draft: Draft<S>,
  { scope, report }: EntryCompiler,
): Condition | undefined => {
  const written = draft.raw['when'] ?? true
  // A number and an empty text are wrong shapes, which have been reported.
  const text = typeof written === 'number' ? undefined : textOf(written)
  if (text === undefined || text === '') return undefined
  const compiled = compileCondition(text, scope)
  if (compiled.ok) return compiled.value
  for (const { start, what, instead } of compiled.complaints) {
    report(draft.problem('when', what, instead, { offset: start }))
  }
  return undefined
}

const scaleOf = (
  draft: Draft<'limits'>,
  { scope, report }: EntryCompiler,
): { readonly ok: boolean; readonly scale: Scale | undefined } => {
  const written = draft.raw['scale']
  const text = Number.isNaN(written) ? undefined : textOf(written)
  if (text === undefined || text === '') return { ok: true, scale: undefined }
  const compiled = compileScale(text, scope)
  if (compiled.ok) return { ok: true, scale: compiled.value }
  for (const { start, what, instead } of compiled.complaints) {
    report(draft.problem('scale', what, instead, { offset: start }))
  }
  return { ok: false, scale: undefined }
}

const common = <S extends Section>(
  draft: Draft<S>,
  entry: EntryOf<S>,
  condition: Condition,
): Pick<Tier, 'id' | 'why' | 'condition' | 'place'> => ({
  id: entry.id,
  why: entry.why,
  condition,
  place: draft.place,
})

/** A compiled tier, `undefined` where something was reported. */
export const compileTier = (draft: Draft<'tiers'>, compiler: EntryCompiler): Tier | undefined => {
  const condition = conditionOf(draft, compiler)
  const { entry } = draft
  if (entry === undefined || condition === undefined) return undefined
  return { ...common(draft, entry, condition), factor: entry.factor }
}

/** A compiled weight, `undefined` where something was reported. */
export const compileWeight = (
  draft: Draft<'weights'>,
  compiler: EntryCompiler,
): Weight | undefined => {
  const condition = conditionOf(draft, compiler)
  const { entry } = draft
  if (entry === undefined || condition === undefined) return undefined
  return { ...common(draft, entry, condition), weight: entry.weight }
}

/** Whether an entry has a key that would not be enforced; reports it. */
const outOfPlace = <S extends Section>(
  draft: Draft<S>,
  key: string,
  what: string,
  instead: string,
  { report }: EntryCompiler,
): boolean => {
  if (draft.raw[key] === undefined) return false
  report(draft.problem(key, what, instead, { onKey: true }))
  return true
}

/** Whether the rule says what to take away exactly where it is a `reshape`; reports where not. */
const reshapeFits = (draft: Draft<'rules'>, compiler: EntryCompiler): boolean => {
  const wanted = 'write reshape: { max_tokens: 2048 }, or another of its keys'
  if (draft.raw['then'] !== 'reshape') {
    const what = 'only reshape takes something away'
    return !outOfPlace(draft, 'reshape', what, 'remove it, or write then: reshape', compiler)
  }
  if (draft.raw['reshape'] !== undefined) return true
  compiler.report(draft.problem('then', 'what to take away is missing', wanted))
  return false
}

/** A compiled rule, `undefined` where something was reported. `posture` is that of the document. */
export const compileRule = (
  draft: Draft<'rules'>,
  posture: 'open' | 'closed',
  compiler: EntryCompiler,
): Rule | undefined => {
  const condition = conditionOf(draft, compiler)
  const action = draft.raw['then']
  const late =
    action !== 'throttle' &&
    outOfPlace(
      draft,
      'retry_after_s',
      'only throttle tells a caller to wait',
      'remove it, or write then: throttle',
      compiler,
    )
  // An allow that matched because nothing is known would open what later rules close.
  const permissive =
    action === 'allow' &&
    outOfPlace(
      draft,
      'posture',
      'allow never matches on an unknown fact',
      'remove it; use has() where absence shall allow',
      compiler,
    )
  const { entry } = draft
  const shaped = reshapeFits(draft, compiler)
  const asked = compileChallenge(draft, compiler)
  const fits = shaped && asked.ok && !late && !permissive
  if (entry === undefined || condition === undefined || !fits) return undefined
  const mode = entry.mode ?? 'enforce'
  const rollout = entry.rollout ?? 100
  return {
    ...common(draft, entry, condition),
    action: entry.then,
    retryAfterS:
      entry.then === 'throttle' ? (entry.retry_after_s ?? DEFAULT_RETRY_AFTER_S) : undefined,
    reshape: entry.reshape === undefined ? undefined : reshapeOf(entry.reshape),
    challenge: asked.challenge,
    mode,
    rollout,
    written: { mode, rollout },
    unknownMatches: entry.then !== 'allow' && (entry.posture ?? posture) === 'closed',
  }
}

const windowOf = (draft: Draft<'limits'>, compiler: EntryCompiler): number | undefined => {
  if (draft.raw['count'] === 'concurrent') {
    const none = 'calls in progress have no window'
    const wrong = ['window', 'align'].filter((key) =>
      outOfPlace(draft, key, none, 'remove it', compiler),
    )
    return wrong.length === 0 ? 0 : undefined
  }
  const window = draft.raw['window']
  if (window !== undefined) return typeof window === 'string' ? parseDurationMs(window) : undefined
  if (draft.entry !== undefined) {
    compiler.report(
      draft.problem('window', 'a required key is missing', 'write a window such as 1d'),
    )
  }
  return undefined
}

/** A compiled limit, `undefined` where something was reported. `posture` is that of the document. */
export const compileLimit = (
  draft: Draft<'limits'>,
  posture: 'open' | 'closed',
  compiler: EntryCompiler,
): Limit | undefined => {
  const condition = conditionOf(draft, compiler)
  const { ok, scale } = scaleOf(draft, compiler)
  const windowMs = windowOf(draft, compiler)
  const quota = countedQuota(draft, compiler)
  const scaled =
    quota === undefined || scale === undefined || reportScale(draft, quota, scale, compiler)
  const { entry } = draft
  if (entry === undefined || condition === undefined || !ok || !scaled) return undefined
  if (windowMs === undefined || quota === undefined) return undefined
  const mode = entry.mode ?? 'enforce'
  const rollout = entry.rollout ?? 100
  return {
    ...common(draft, entry, condition),
    mode,
    rollout,
    written: { mode, rollout },
    unknownMatches: posture === 'closed',
    per: entry.per,
    slots: entry.per.map((fact) => FACT_SLOT[fact]),
    own: entry.per.some((fact) => NAMES_CALLER.has(fact)),
    counted: entry.count,
    quota,
    windowMs,
    align: entry.align ?? 'first_use',
    scale,
    posture: entry.posture ?? 'insured',
  }
}
