import type { Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { hostAndPort, urlOf } from './app-addresses.ts'
import type { Ground } from './app-ground.ts'
import { openJudging } from './app-judging.ts'
import type { OpenOverrides } from './app-overrides.ts'
import type { OpenPolicy } from './app-policy.ts'
import type { Records } from './app-records.ts'
import type { App } from './app-start.ts'
import type { OpenSwitches } from './app-switches.ts'
import type { Marks } from './core/campaign.ts'
import { Facts, type Findings } from './core/facts.ts'
import { createAdmin } from './http/admin.ts'
import { createAudit } from './http/admin/audit.ts'
import type { AdminParts } from './http/admin/parts.ts'
import { ownToken } from './http/admin/token.ts'
import { drain, listen } from './http/public.ts'
import { createAttempts, type AttemptsOptions } from './limits/attempts.ts'
import { overrideFindings } from './overrides/override-source.ts'
import { demandsOf } from './policy/demands.ts'
import { createReference } from './policy/reference.ts'
import { campaignFindings } from './signals/campaign.ts'
import { VERSION } from './version.ts'

const WRONG_TOKENS_A_MINUTE = 10

/** What the admin listener asks of the rest of the process. */
export type AdminNeeds = Pick<
  AdminParts,
  'metrics' | 'readiness' | 'limiter' | 'fleet' | 'campaigns' | 'clearances'
> & {
  readonly policy: OpenPolicy
  readonly switches: OpenSwitches
  readonly overrides: OpenOverrides
  readonly records: Records
  /** What the calls of this process or its workers are judged by. */
  readonly marks: Marks
  /** Where wrong tokens of the whole fleet are counted; in this process without one. */
  readonly attempts: AttemptsOptions['shared']
  /** Facts of an account at a moment; `undefined` where it is not known. */
  readonly lookup: (id: string, atMs: number) => Findings | undefined
}

/** The admin listener, not yet listening. */
export type Admin = {
  readonly ownToken: App['ownToken']
  /** Resolves with its URL. */
  listen(): Promise<string>
  close(): Promise<void>
}

/** Puts the admin listener together; makes a token where the settings name none. */
export const openAdmin = async (
  { settings, dataDir, clock, log }: Ground,
  {
    metrics,
    readiness,
    limiter,
    fleet,
    campaigns,
    clearances,
    marks,
    policy,
    switches,
    overrides,
    records,
    lookup,
    attempts,
  }: AdminNeeds,
): Promise<Admin> => {
  const { tokens, hosts } = settings.admin
  const own = tokens.length > 0 ? undefined : await ownToken({ dataDir: dataDir.path })
  const audit = createAudit({ path: join(dataDir.path, 'audit.ndjson'), clock })
  switches.auditTo(audit)
  const proven = createReference(settings.campaigns.reference)
  const admin = createAdmin({
    clock,
    version: VERSION,
    tokens: own === undefined ? tokens : [{ name: 'own', role: 'operator', token: own.token }],
    hosts,
    readiness,
    metrics,
    policy: { view: () => policy.view(), reload: () => policy.live.reload() },
    decisions: records.queries,
    networkWanted: records.networkWanted,
    accounts: {
      facts: (id, atMs) => {
        const found = lookup(id, atMs)
        if (found === undefined) return undefined
        const facts = new Facts()
        facts.add(found)
        facts.add(campaignFindings(marks, facts, atMs))
        facts.add(overrideFindings(overrides.table, facts, atMs))
        return facts
      },
    },
    demands: (facts) => demandsOf(policy.live.current(), facts),
    limiter,
    fleet,
    campaigns,
    clearances,
    marks,
    attempts: createAttempts({ clock, perMinute: WRONG_TOKENS_A_MINUTE, shared: attempts }),
    switches: switches.keeper,
    overrides: overrides.administration && {
      administration: overrides.administration,
      isProven: (facts) => proven.ok && proven.reference(facts) === true,
      degraded: () => overrides.degraded(),
    },
    judging: openJudging({ settings, dataDir }, policy, records),
    audit,
    onInternal: (error) => log.error({ err: error }, 'admin'),
  })
  // The adaptor's server is a plain HTTP one unless it is told otherwise.
  const server = createAdaptorServer({ fetch: admin.fetch, overrideGlobalObjects: false }) as Server
  const at = hostAndPort(settings.admin.listen)
  return {
    ownToken: own && { ...own, file: join(dataDir.path, 'admin-token') },
    listen: async () => urlOf(await listen(server, at.host, at.port)),
    close: async () => void (await drain(server, 1_000)),
  }
}
