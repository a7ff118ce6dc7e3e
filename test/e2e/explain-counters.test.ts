import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const ENTRY = new URL('../../src/stillwatch.js', import.meta.url).pathname

const POLICY = `version: 1
tiers:
  - { id: known, when: account.known, factor: 2 }
  - { id: rest, when: true, factor: 1 }
limits:
  - { id: calls-a-day, per: [account.id], count: requests, quota: 50, window: 1d, align: utc, scale: trust.factor }
  - { id: tokens-a-quarter, per: [account.id], count: tokens, quota: 100000, window: 90d }
  - { id: money-a-month, per: [account.id], count: usd, quota: 5, window: 30d, align: rolling }
  - { id: network-calls, per: [caller.network], count: requests, quota: 1000, window: 1h }
  - { id: elsewhere, per: [account.id], when: 'account.country == "NZ"', count: requests, quota: 9, window: 1h }
`

const CALL = {
  account: 'acct_1',
  ip: '127.0.0.1',
  body: { model: 'm-1', messages: [{ role: 'user', content: 'hello' }] },
}

let standIn: StandIn
let guard: GuardProcess

type Ran = { readonly status: number | null; readonly out: string; readonly err: string }

const explain = async (
  args: readonly string[],
  environment: { readonly [name: string]: string } = { STILLWATCH_TOKEN: guard.token },
): Promise<Ran> => {
  const config = join(guard.folder, 'guard.yaml')
  const child = spawn(
    process.execPath,
    [ENTRY, 'explain', '--config', config, '--call', join(guard.folder, 'call.json'), ...args],
    { env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}

const consumed = async (): Promise<unknown> => {
  const { body } = await guard.admin('/api/v1/limits?account.id=acct_1')
  return (body as { limits: { limit: string; consumed: number }[] }).limits.find(
    ({ limit }) => limit === 'calls-a-day',
  )?.consumed
}

beforeAll(async () => {
  standIn = await createStandIn({ port: 0 })
  guard = await startGuard({
    settings: {
      upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
      prices: [{ match: 'm-*', input: 2.5, output: 10 }],
    },
    policies: { 'limits.yaml': POLICY },
    files: {
      'accounts.jsonl': `${JSON.stringify({ id: 'acct_1', credentials: ['sk-explained'] })}\n`,
      'call.json': JSON.stringify(CALL),
    },
  })
  for (let calls = 0; calls < 3; calls++) {
    const answer = await fetch(new URL('/v1/chat/completions', guard.url), {
      method: 'POST',
      headers: { authorization: 'Bearer sk-explained', 'content-type': 'application/json' },
      body: JSON.stringify({ ...CALL.body, max_completion_tokens: 50 }),
    })
    await answer.arrayBuffer()
  }
  await until('three calls to be counted', async () => (await consumed()) === 3)
})

afterAll(async () => {
  await guard.stop()
  await standIn.close()
})

describe('explain, asked about a running guard', () => {
  it('prints what the limits the call would meet have used, have left, and when they start anew', async () => {
    const { status, out, err } = await explain(['--admin', guard.adminUrl])
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(/calls-a-day: applies: 100 requests/)
    expect(out).toMatch(/used +3 of 100 requests, 97 left, resets in \d.*Z\)/)
    expect(out).toMatch(/used +\d+ of 100000 tokens, \d+ left, resets in (90 d|89 d 23 h)/)
    expect(out.match(/^ +used /gm)).toHaveLength(4)
    expect(out).toMatch(/used +\$0\.00\d+ of \$5\.00, \$4\.99\d+ left, resets in /)
    expect(out).not.toContain('Counters were not read')
  })

  it('gives the same as JSON', async () => {
    const { status, out } = await explain(['--json', '--admin', guard.adminUrl])
    expect(status).toBe(0)
    const { revision, counters } = JSON.parse(out) as {
      readonly revision: string
      readonly counters: { readonly limits: readonly unknown[] }
    }
    expect(counters).toMatchObject({ read: true, revision })
    expect(counters.limits).toHaveLength(4)
    expect(counters.limits).toContainEqual(
      expect.objectContaining({
        limit: 'calls-a-day',
        unit: 'calls',
        quota: 100,
        consumed: 3,
        remaining: 97,
      }),
    )
  })

  it('says where the running guard has another policy in force', async () => {
    const config = join(guard.folder, 'other.yaml')
    const settings = readFileSync(join(guard.folder, 'guard.yaml'), 'utf8')
    mkdirSync(join(guard.folder, 'other'))
    writeFileSync(config, settings.replace('test-policies/', 'other/'))
    writeFileSync(
      join(guard.folder, 'other', 'limits.yaml'),
      `${POLICY}  - { id: newer, per: [caller.network], count: requests, quota: 5, window: 1m }\n`,
    )
    const { out } = await explain(['--config', config, '--admin', guard.adminUrl])
    expect(out).toMatch(/The running guard has policy [0-9a-f]{12} in force\./)
    expect(out).toMatch(/newer: applies[^]*used +not known: the running guard has no such counter/)
  })

  it('says that counters were not read where no guard is named', async () => {
    const { status, out } = await explain([])
    expect(status).toBe(0)
    expect(out).toContain('Counters were not read; name a running guard with --admin.')
    const { counters } = JSON.parse((await explain(['--json'])).out) as { counters: unknown }
    expect(counters).toMatchObject({ read: false, why: expect.stringContaining('--admin') })
  })

  it('ends with one sentence and another code where the guard does not answer as asked', async () => {
    const wrong = await explain(['--admin', guard.adminUrl], { STILLWATCH_TOKEN: 'not-the-token' })
    expect(wrong).toEqual({
      status: 3,
      out: '',
      err: `stillwatch: the guard at ${new URL(guard.adminUrl).origin} does not know the token in STILLWATCH_TOKEN\n`,
    })
    expect(await explain(['--admin', 'localhost:9090'])).toMatchObject({ status: 2, out: '' })
  })
})
