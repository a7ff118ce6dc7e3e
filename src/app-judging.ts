import { join } from 'node:path'
import type { Ground } from './app-ground.ts'
import { capabilitiesOf } from './app-models.ts'
import type { OpenPolicy } from './app-policy.ts'
import type { Records } from './app-records.ts'
import { createBacktesting } from './http/admin/backtesting.ts'
import type { Judging } from './http/admin/judging.ts'
import { compilePolicy } from './policy/compile.ts'
import { createReference } from './policy/reference.ts'

/** Explaining decisions and trying changes of the policy in force over what was recorded. */
export const openJudging = (
  { settings, dataDir }: Pick<Ground, 'settings' | 'dataDir'>,
  { live }: Pick<OpenPolicy, 'live'>,
  { queries }: Pick<Records, 'queries'>,
): Judging => {
  const compiled = createReference(settings.campaigns.reference)
  return {
    current: () => live.current(),
    switches: () => live.switches(),
    compile: (documents) => compilePolicy(documents, capabilitiesOf(settings)),
    confirmAbove: settings.admin.confirm_above,
    backtesting: createBacktesting({
      segments: join(dataDir.path, 'decisions'),
      queries,
      current: () => live.current(),
      // The settings were checked when they were read.
      isProven: compiled.ok ? compiled.reference : () => undefined,
    }),
  }
}
