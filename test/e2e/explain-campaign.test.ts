import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { marksTexts } from '../../src/campaigns/live/mark-text.ts'
import type { Mark } from '../../src/core/campaign.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'

const ENTRY = new URL('../../src/stillwatch.js', import.meta.url).pathname

const POLICY = `version: 1
limits:
  - { id: of-the-campaign, per: [campaign.id], when: campaign.level >= 2.0, count: requests, quota: 40, window: 1h }
  - { id: of-the-account, per: [account.id], count: requests, quota: 90, window: 1h }
`

const LINKED: Mark = {
  entity: 'org_linked',
  campaign: 'c-20261112-7f3a',
  level: 2,
  score: 17.4,
  axes: ['client', 'supply'],
  atMs: Date.now(),
  untilMs: Date.now() + 3_600_000,
}

const callOf = (account: string, more: object = {}): string =>
  JSON.stringify({ account, body: { model: 'm-1', messages: [] }, ...more })

const explainAt = async (
  guard: GuardProcess,
  call: string,
  args: readonly string[],
): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> => {
  const at = (file: string): string => join(guard.folder, file)
  const child = spawn(
    process.execPath,
    [ENTRY, 'explain', '--config', at('guard.yaml'), '--call', at(call), '--json', ...args],
    {
      env: { PATH: process.env['PATH'], STILLWATCH_TOKEN: guard.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}

describe.each([
  ['in one process', 0],
  ['with workers', 2],
])('explain, asked of a guard %s that took marks over from its last run', (_name, workers) => {
  let guard: GuardProcess

  beforeAll(async () => {
    guard = await startGuard({
      settings: {
        upstreams: [{ id: 'main', url: 'http://127.0.0.1:9', dialect: 'openai' }],
        accounts: { file: 'accounts.jsonl' },
        ...(workers > 0 && { workers }),
      },
      policies: { 'limits.yaml': POLICY },
      files: {
        'accounts.jsonl': ['linked', 'honest']
          .map((id) => JSON.stringify({ id, credentials: [`sk-${id}`], entity: `org_${id}` }))
          .join('\n'),
        'data/campaigns/marks': `${marksTexts([LINKED]).join('\n')}\n`,
        'linked.json': callOf('linked'),
        'honest.json': callOf('honest'),
        'nobody.json': callOf('nobody'),
        'as-if.json': callOf('linked', { facts: { 'campaign.level': 0 } }),
      },
    })
  }, 30_000)

  afterAll(() => guard.stop())

  const limitsOf = async (call: string, args = ['--admin', guard.adminUrl]): Promise<string[]> => {
    const { status, out, err } = await explainAt(guard, call, args)
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const { counters } = JSON.parse(out) as {
      readonly counters: { readonly limits?: readonly { readonly limit: string }[] }
    }
    return (counters.limits ?? []).map(({ limit }) => limit).toSorted()
  }

  it('shows the limit of the campaign for its member, and for nobody else', async () => {
    expect(await limitsOf('linked.json')).toEqual(['of-the-account', 'of-the-campaign'])
    expect(await limitsOf('honest.json')).toEqual(['of-the-account'])
  })

  it('knows no campaign without a guard, and of an account the guard does not know', async () => {
    const alone = await explainAt(guard, 'linked.json', [])
    expect(alone.status).toBe(0)
    expect(alone.out).not.toContain(LINKED.campaign)
    const nobody = await explainAt(guard, 'nobody.json', ['--admin', guard.adminUrl])
    expect(nobody.status).toBe(0)
    expect(nobody.out).not.toContain(LINKED.campaign)
  })

  it('takes what the call says of the campaign before what the guard says', async () => {
    expect(await limitsOf('as-if.json')).toEqual(['of-the-account'])
  })

  it('tells the same in the answer about the account, with the limit of the campaign', async () => {
    const { body } = await guard.admin('/api/v1/accounts/linked')
    expect(body).toMatchObject({
      facts: expect.arrayContaining([
        expect.objectContaining({ fact: 'campaign.id', value: LINKED.campaign }),
        expect.objectContaining({ fact: 'campaign.level', value: 2 }),
        expect.objectContaining({ fact: 'campaign.score', value: 17.4 }),
        expect.objectContaining({ fact: 'campaign.axes', value: ['client', 'supply'] }),
      ]),
      limits: expect.arrayContaining([
        expect.objectContaining({ limit: 'of-the-campaign', quota: 40 }),
      ]),
    })
  })
})
