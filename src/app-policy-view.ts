import type { Problem } from './core/problem.ts'
import type { PolicyView, SwitchView } from './http/admin/parts.ts'
import type { Policy } from './policy/policy.ts'
import { listRules } from './policy/rule-list.ts'
import { unguardedRules } from './policy/unguarded.ts'

/** The policy in force as the admin API shows it. */
export const policyView = (
  policy: Policy,
  problems: readonly Problem[],
  loadedAtMs: number,
): PolicyView => {
  const entries = listRules(policy)
  const viewOf = (kind: 'rule' | 'limit'): SwitchView[] =>
    entries
      .filter((entry) => entry.kind === kind)
      .map(({ id, mode, rollout, written, why, does, per, place }) => ({
        id,
        mode,
        rollout,
        written,
        why,
        does,
        ...(per === undefined ? {} : { per }),
        file: place.file,
        line: place.line,
      }))
  return {
    revision: policy.revision,
    loadedAtMs,
    documents: [...new Set(entries.map(({ place }) => place.file))].toSorted(),
    rules: viewOf('rule'),
    limits: viewOf('limit'),
    unguarded: unguardedRules(policy)
      .filter((found) => found.in === 'rule')
      .map(({ id }) => id),
    stale: problems.length > 0,
    problems,
  }
}
