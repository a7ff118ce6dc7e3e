import type { Problem } from '../../core/problem.ts'
import type { Compilation } from '../../policy/compile.ts'
import { harmOf, type Harm } from '../../policy/harm.ts'
import type { Policy } from '../../policy/policy.ts'
import type { PolicyDocument } from '../../policy/read-policy-document.ts'
import { withSwitches, type Switches } from '../../policy/switches.ts'
import type { Backtesting, BacktestResult } from './backtesting.ts'

/** The policy in force as it judges, and what it would be if it were changed. */
export type Judging = {
  /** With its switches. */
  current(): Policy
  /** What operators set beside the files. */
  switches(): Switches
  /** Documents as this guard would compile them, without switches. */
  compile(documents: readonly PolicyDocument[]): Compilation
  readonly backtesting: Backtesting
  /** Proven entities that a change may newly refuse without being confirmed. */
  readonly confirmAbove: number
}

/** A change somebody thinks about. */
export type ProposedChange = {
  /** All documents of the policy, in place of those in force. */
  readonly documents?: readonly PolicyDocument[] | undefined
  /** Each beside the switches in force; one without mode and rollout takes a switch back. */
  readonly switches?:
    | readonly {
        readonly id: string
        readonly mode?: 'enforce' | 'shadow' | 'off' | undefined
        readonly rollout?: number | undefined
      }[]
    | undefined
}

/** The policy a change leads to, or why it leads to none. */
export type ChangedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly Problem[] }
  /** A switch of a rule or limit that the policy does not have. */
  | { readonly ok: false; readonly unknown: string }

/** Works out the policy that would be in force after a change. */
export const changedPolicy = (
  judging: Pick<Judging, 'current' | 'switches' | 'compile'>,
  { documents, switches = [] }: ProposedChange,
): ChangedPolicy => {
  const compiled = documents === undefined ? undefined : judging.compile(documents)
  if (compiled?.ok === false) return compiled
  const written = compiled?.policy ?? judging.current()
  const ids = new Set([...written.rules, ...written.limits].map(({ id }) => id))
  const unknown = switches.find(({ id }) => !ids.has(id))
  if (unknown !== undefined) return { ok: false, unknown: unknown.id }
  const next = new Map(judging.switches())
  for (const { id, mode, rollout } of switches) {
    if (mode === undefined && rollout === undefined) next.delete(id)
    else next.set(id, { mode, rollout })
  }
  return { ok: true, policy: withSwitches(written, next) }
}

/** A change that was tried over recorded calls. */
export type WeighedChange = { readonly result: BacktestResult; readonly harm: Harm }

/**
 * Tries a changed policy over recorded calls and says whether whoever makes the change has to confirm it;
 * `busy` where another is being tried. Never rejects.
 */
export const weighChange = async (
  { backtesting, confirmAbove }: Pick<Judging, 'backtesting' | 'confirmAbove'>,
  after: Policy,
  options?: { readonly limit?: number },
): Promise<WeighedChange | 'busy'> => {
  const result = await backtesting.run(after, options)
  return result === 'busy' ? result : { result, harm: harmOf(result, { confirmAbove }) }
}
