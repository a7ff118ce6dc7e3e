import type { Ground } from './app-ground.ts'
import { capabilitiesOf } from './app-models.ts'
import { policyView } from './app-policy-view.ts'
import { formatProblem } from './core/problem.ts'
import type { PolicyView } from './http/admin/parts.ts'
import { createLivePolicy, type LivePolicy, type PolicyFollowers } from './policy/live.ts'
import type { Metrics } from './sinks/metrics.ts'

/** The policies of the settings, as they are in force and as the admin API shows them. */
export type OpenPolicy = {
  readonly live: LivePolicy
  view(): PolicyView
  degraded(): readonly string[]
  close(): Promise<void>
}

/** Reads the policies and keeps them in step with their files; `followers` are kept in step with them. */
export const openPolicy = async (
  { settings, clock, log }: Ground,
  metrics: Metrics,
  followers?: PolicyFollowers,
): Promise<OpenPolicy> => {
  let loadedAtMs = clock.now()
  const live = await createLivePolicy({
    patterns: settings.policies,
    base: settings.path('.'),
    capabilities: capabilitiesOf(settings),
    ...(followers && { followers }),
    onReload: ({ ok, revision, changed, problems }) => {
      if (ok) loadedAtMs = clock.now()
      metrics.reloaded(ok ? 'ok' : 'failed')
      metrics.stale(!ok)
      if (ok) log.info({ revision, changed }, 'policy read')
      else log.error({ problems: problems.map(formatProblem) }, 'policy not changed')
    },
  })
  return {
    live,
    view: () => policyView(live.current(), live.problems(), loadedAtMs),
    degraded: () => (live.problems().length > 0 ? ['policy'] : []),
    close: () => live.close(),
  }
}
