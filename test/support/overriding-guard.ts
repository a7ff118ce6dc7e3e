import { expect } from 'vitest'
import { startGuard, type GuardProcess } from './guard-process.ts'

/** Refuses accounts of one plan; each account has three calls a day. */
const DENY_ALL = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: strangers, when: 'account.plan == "closed"', then: deny }
limits:
  - { id: few, per: [account.id], count: requests, quota: 3, window: 1d }
`

const ACCOUNTS = ['open', 'closed'].flatMap((plan) =>
  [0, 1, 2].map((at) => ({
    id: `${plan}_${at}`,
    entity: `org_${plan}`,
    credentials: [`sk-${plan}-${at}`],
    created_at: 1_700_000_000_000,
    account: { plan },
  })),
)

/** Starts a guard that refuses accounts of the plan `closed` and gives each account three calls a day. */
export const startOverriding = (options: {
  readonly upstreamUrl: string
  readonly settings?: object
  readonly folder?: string
}): Promise<GuardProcess> => {
  const { upstreamUrl, settings, folder } = options
  return startGuard({
    settings: {
      secret: 'a secret that all replicas of a fleet know',
      trusted_proxies: ['127.0.0.1/32'],
      upstreams: [{ id: 'main', url: upstreamUrl, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
      ...settings,
    },
    policies: { 'policy.yaml': DENY_ALL },
    files: {
      'accounts.jsonl': ACCOUNTS.map((account) => `${JSON.stringify(account)}\n`).join(''),
    },
    ...(folder !== undefined && { folder }),
  })
}

/** Status of one call to a guard by the account behind a key, from an address. */
export const callAs = async (
  { url }: Pick<GuardProcess, 'url'>,
  key: string,
  from = '203.0.113.7',
): Promise<number> => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer sk-${key}`,
      'x-forwarded-for': from,
    },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Sets an override through the admin API; its id. */
export const override = async (
  guard: GuardProcess,
  subject: object,
  verdict: 'allow' | 'deny',
  more: object = {},
): Promise<string> => {
  const { status, body } = await guard.admin('/api/v1/overrides', {
    method: 'POST',
    body: JSON.stringify({ subject, verdict, for: '1h', why: 'ticket 4711', ...more }),
  })
  expect([status, body]).toEqual([200, expect.objectContaining({ verdict, state: 'on' })])
  // The body is the guard's own JSON.
  return (body as { readonly id: string }).id
}

/** Ends one. */
export const endOverride = async (guard: GuardProcess, id: string): Promise<void> => {
  const { status } = await guard.admin(`/api/v1/overrides/${id}/end`, {
    method: 'POST',
    body: JSON.stringify({ why: 'over' }),
  })
  expect(status).toBe(200)
}
