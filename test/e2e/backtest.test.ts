import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { decisionRows } from '../support/decision-records.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const ENTRY = new URL('../../src/stillwatch.js', import.meta.url).pathname
const DAY_MS = 86_400_000

const POLICY = `version: 1
tiers:
  - { id: proven, when: 'payment.settled_count >= 2.0', factor: 5 }
  - { id: rest, when: 'true', factor: 1 }
rules:
  - { id: no-embargo, when: 'account.country == "KP"', then: deny }
  - { id: only-proven, when: 'trust.tier != "proven"', then: deny, mode: shadow }
  - { id: nobody, when: 'has(account.id)', then: deny, mode: shadow }
`

const account = (id: string, settled: number, country: string): string =>
  JSON.stringify({
    id,
    credentials: [`sk-${id}`],
    entity: `org_${id}`,
    created_at: Date.now() - 100 * DAY_MS,
    settled: Array.from({ length: settled }, (_, at) => ({
      at: Date.now() - (at + 1) * DAY_MS,
      usd: 20,
    })),
    account: { country, active_days: 60 },
  })

let standIn: StandIn
let guard: GuardProcess

type Ran = { readonly status: number | null; readonly out: string; readonly err: string }

const stillwatch = async (...args: readonly string[]): Promise<Ran> => {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    cwd: guard.folder,
    env: { PATH: process.env['PATH'], STILLWATCH_TOKEN: guard.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}

/** Sends a call and gives its decision id. */
const call = async (id: string): Promise<string> => {
  const answer = await fetch(`${guard.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer sk-${id}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm-1', messages: [{ role: 'user', content: 'hello' }] }),
  })
  await answer.text()
  return answer.headers.get('x-stillwatch-decision') ?? ''
}

const ids: string[] = []

beforeAll(async () => {
  standIn = await createStandIn({ port: 0 })
  guard = await startGuard({
    settings: {
      upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
    },
    policies: { 'a.yaml': POLICY },
    files: {
      'accounts.jsonl': `${account('a', 3, 'FR')}\n${account('b', 0, 'FR')}\n${account('c', 3, 'KP')}\n`,
    },
  })
  for (const id of ['a', 'a', 'b', 'c']) ids.push(await call(id))
  await until('four records', () => decisionRows(guard).length === 4)
})
afterAll(async () => {
  await guard.stop()
  await standIn.close()
})

describe('backtest', () => {
  it('prints what a switch would have done, and whether it has to be confirmed', async () => {
    const { status, out } = await stillwatch(
      'backtest',
      '--admin',
      guard.adminUrl,
      '--switch',
      'only-proven=enforce',
    )
    expect(status).toBe(0)
    expect(out).toMatch(/4 recorded calls, 4 judged \(100\.0 %\)/)
    expect(out).toMatch(/allow +deny +1 +1 +0\n/)
    expect(out).toMatch(/only-proven +0 +1 +1 +0\n/)
    expect(out).toContain(ids[2])
    expect(out).toContain('Needs no confirmation.')
    expect(out).toContain('limits are not replayed')
  })

  it('warns of a change that would refuse proven customers, also as JSON', async () => {
    const { status, out } = await stillwatch(
      'backtest',
      '--admin',
      guard.adminUrl,
      '--switch',
      'nobody=enforce',
      '--json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      calls: 4,
      transitions: [{ from: 'allow', to: 'deny', calls: 3, entities: 2, proven: 1 }],
      harm: { confirm: true, proven_refused: 1 },
    })
  })

  it('judges policies on the disk, and names the place of what is wrong with them', async () => {
    mkdirSync(join(guard.folder, 'next'), { recursive: true })
    const file = join(guard.folder, 'next', 'a.yaml')
    writeFileSync(file, POLICY.replace('"KP"', '"FR"'))
    const good = await stillwatch(
      'backtest',
      '--admin',
      guard.adminUrl,
      '--policies',
      'next/*.yaml',
    )
    expect(good.status).toBe(0)
    expect(good.out).toMatch(/allow +deny +3 +2 +1\n/)
    expect(good.out).toMatch(/deny +allow +1 +1 +1\n/)
    writeFileSync(file, POLICY.replace('account.country', 'account.land'))
    const bad = await stillwatch('backtest', '--admin', guard.adminUrl, '--policies', 'next/*.yaml')
    expect(bad.status).toBe(1)
    expect(bad.err).toMatch(/^next\/a\.yaml:6:\d+: /)
    expect(bad.out).toBe('')
  })

  it('wants to know what to try, and takes no switch that is none', async () => {
    const run = (...args: readonly string[]): Promise<Ran> =>
      stillwatch('backtest', '--admin', guard.adminUrl, ...args)
    expect((await run()).status).toBe(2)
    expect((await run('--switch', 'nobody=perhaps')).status).toBe(2)
    expect((await run('--switch', 'nobody=101%')).status).toBe(2)
    const unknown = await run('--switch', 'no-such=off')
    expect(unknown.status).toBe(3)
    expect(unknown.err).toContain('no rule or limit no-such')
  })
})

describe('explain --decision', () => {
  it('says why a recorded call was decided as it was, and what would have changed that', async () => {
    const { status, out } = await stillwatch(
      'explain',
      '--admin',
      guard.adminUrl,
      '--decision',
      ids[3] ?? '',
    )
    expect(status).toBe(0)
    expect(out).toContain(`Decision ${ids[3]}`)
    expect(out).toContain('recorded: deny by rule no-embargo')
    expect(out).toMatch(/account\.country "\w\w" instead of "KP": allow/)
    expect(out).toContain('DENY   rule no-embargo')
    expect(out).toContain('caller.ip (masked)')
  })

  it('gives the same as JSON', async () => {
    const { status, out } = await stillwatch(
      'explain',
      '--admin',
      guard.adminUrl,
      '--decision',
      ids[2] ?? '',
      '--json',
    )
    expect(status).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      id: ids[2],
      same_verdict: true,
      explanation: { verdict: 'allow' },
      record: { 'stillwatch.decision.id': ids[2] },
    })
  })

  it('needs a guard to ask, and says what it does not know', async () => {
    expect((await stillwatch('explain', '--decision', 'x')).status).toBe(2)
    expect((await stillwatch('explain')).status).toBe(2)
    const { status, err } = await stillwatch(
      'explain',
      '--admin',
      guard.adminUrl,
      '--decision',
      '01k00000000000000000000000',
    )
    expect(status).toBe(1)
    expect(err).toContain('no such resource')
  })
})
