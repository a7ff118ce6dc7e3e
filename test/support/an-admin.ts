import type { Hono } from 'hono'
import { createAdmin } from '../../src/http/admin.ts'
import type { AuditEntry } from '../../src/http/admin/audit.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import type { AdminEnv } from '../../src/http/admin/resource.ts'
import { createFakeClock } from './clock.ts'
import { createAttempts } from '../../src/limits/attempts.ts'
import { createMemoryCampaigns } from './memory-campaigns.ts'
import { someClearances } from './some-clearances.ts'
import { aWholeRecord, someJudging } from './some-judging.ts'
import { someOverrides } from './some-overrides.ts'
import { aDemand } from './a-demand.ts'
import { aLimitState, someFacts } from './an-event.ts'
import { aSwitch, createMemoryBoard, someSwitches } from './some-switches.ts'

/** Tokens of the admin under test. */
export const OPERATOR = 'operator-token-0123456789'
export const VIEWER = 'viewer-token-0123456789'

/** A record as the index gives it. */
const aRecord = (id: string): string => JSON.stringify({ v: 1, 'stillwatch.decision.id': id })

/** Parts of an admin that knows account `acct_1`, decision `id-1`, a policy `rev-1`, campaigns and a clearance. */
export const adminParts = (changes: Partial<AdminParts> = {}): AdminParts => ({
  clock: createFakeClock(),
  version: '1.2.3',
  tokens: [
    { name: 'ops', role: 'operator', token: OPERATOR },
    { name: 'board', role: 'viewer', token: VIEWER },
  ],
  attempts: createAttempts({ clock: changes.clock ?? createFakeClock(), perMinute: 10 }),
  fleet: () => undefined,
  hosts: ['guard.internal'],
  readiness: () => ({ state: 'ready', degraded: [] }),
  metrics: { contentType: 'text/plain; version=0.0.4', text: () => Promise.resolve('up 1\n') },
  policy: {
    view: () => ({
      revision: 'rev-1',
      loadedAtMs: 0,
      documents: ['policies/a.yaml'],
      rules: [
        {
          id: 'r-1',
          does: 'deny',
          mode: 'shadow',
          rollout: 100,
          written: { mode: 'enforce', rollout: 100 },
          why: 'because',
          file: 'policies/a.yaml',
          line: 3,
        },
      ],
      limits: [],
      unguarded: ['r-1'],
      stale: false,
      problems: [],
    }),
    reload: () => Promise.resolve({ ok: true }),
  },
  decisions: {
    query: () =>
      Promise.resolve({
        ok: true,
        value: { records: [aRecord('id-1'), 'damaged'], next: '1.2', partial: false },
      }),
    find: (id) => Promise.resolve({ ok: true, value: id === 'id-1' ? aWholeRecord() : undefined }),
  },
  networkWanted: (text) => (text === '203.0.113.7' ? '203.0.113.0/24' : undefined),
  accounts: { facts: (id) => (id === 'acct_1' ? someFacts() : undefined) },
  demands: () => [aDemand({ own: true })],
  limiter: {
    peek: () => [aLimitState({ cost: 0, remaining: 40 })],
    forget: () => [aLimitState({ cost: 0 })],
  },
  campaigns: createMemoryCampaigns(),
  clearances: someClearances(),
  judging: someJudging(),
  overrides: someOverrides(),
  switches: someSwitches(
    createMemoryBoard({ version: 1, entries: [aSwitch({ mode: 'shadow', untilMs: 1e13 })] }),
    changes.clock ?? createFakeClock(),
  ),
  audit: {
    record: () => Promise.resolve(),
    page: () => Promise.resolve({ entries: [{ who: 'ops' }], next: 12 }),
  },
  onInternal: () => undefined,
  ...changes,
})

/** An audit that remembers. */
export const rememberedAudit = (): AdminParts['audit'] & { readonly entries: AuditEntry[] } => {
  const entries: AuditEntry[] = []
  return {
    entries,
    record: (entry) => Promise.resolve(void entries.push(entry)),
    page: () => Promise.resolve({ entries, next: undefined }),
  }
}

/** Sends requests to an admin as if over the network. */
export type AdminCaller = (
  method: string,
  path: string,
  options?: {
    readonly token?: string
    readonly headers?: { readonly [name: string]: string }
    readonly body?: string
  },
) => Promise<Response>

const WRITES = new Set(['POST', 'PUT', 'DELETE'])

/** A caller of the app itself: operator token and JSON unless it says otherwise. */
export const callerOf =
  (app: Hono<AdminEnv>): AdminCaller =>
  async (method, path, options = {}) => {
    const { token = OPERATOR, headers = {}, body } = options
    return app.request(path, {
      method,
      headers: {
        host: 'localhost:9090',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(WRITES.has(method) ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(WRITES.has(method) ? { body: body ?? '{}' } : {}),
    })
  }

/** An admin with its parts, and a caller of it. */
export const anAdmin = (changes: Partial<AdminParts> = {}): AdminCaller =>
  callerOf(createAdmin(adminParts(changes)))
