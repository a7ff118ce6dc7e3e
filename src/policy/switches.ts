import type { Mode } from '../core/decision.ts'
import type { Policy } from './policy.ts'

/** What an operator set for one rule or limit; what is absent stays as the file says. */
type Switch = { readonly mode?: Mode | undefined; readonly rollout?: number | undefined }

/** Switches by the id of the rule or limit. */
export type Switches = ReadonlyMap<string, Switch>

/** No switch at all: everything as the files say. */
export const NO_SWITCHES: Switches = new Map()

const switched = <
  T extends {
    readonly id: string
    readonly written: { readonly mode: Mode; readonly rollout: number }
  },
>(
  entry: T,
  switches: Switches,
): T => {
  const set = switches.get(entry.id)
  if (set === undefined) return { ...entry, ...entry.written }
  return {
    ...entry,
    mode: set.mode ?? entry.written.mode,
    rollout: set.rollout ?? entry.written.rollout,
  }
}

/**
 * The policy with switches in force instead of what its files say. Switches of ids it does not have are
 * kept by whoever keeps them and do nothing here. The revision stays: it is that of the documents.
 */
export const withSwitches = (policy: Policy, switches: Switches): Policy =>
  Object.freeze({
    ...policy,
    rules: policy.rules.map((rule) => switched(rule, switches)),
    limits: policy.limits.map((limit) => switched(limit, switches)),
  })
