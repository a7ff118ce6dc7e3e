import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const ENTRY = new URL('../../src/stillwatch.js', import.meta.url).pathname

const POLICY = `version: 1
rules:
  - { id: prove, when: 'account.id in ["proves", "waits"]', then: challenge, mode: enforce, challenge: proof_of_work }
  - { id: confirm, when: 'account.id == "confirms" && account.verified != "identity"', then: challenge, mode: enforce, challenge: step_up }
`

const BODY = { model: 'm-1', messages: [{ role: 'user', content: 'hello' }] }

let standIn: StandIn
let guard: GuardProcess

beforeAll(async () => {
  standIn = await createStandIn({ port: 0 })
  const accounts = ['proves', 'waits', 'confirms']
  const callOf = (account: string, more: object = {}): string =>
    JSON.stringify({ account, ip: '127.0.0.1', body: BODY, ...more })
  guard = await startGuard({
    settings: {
      upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
    },
    policies: { 'rules.yaml': POLICY },
    files: {
      'accounts.jsonl': accounts
        .map((id) =>
          JSON.stringify({ id, credentials: [`sk-${id}`], account: { verified: 'email' } }),
        )
        .join('\n'),
      ...Object.fromEntries(accounts.map((id) => [`${id}.json`, callOf(id)])),
      'as-if.json': callOf('proves', { facts: { 'clearance.kind': 'none' } }),
      'wrong.json': callOf('proves', { clearance: 'proof_of_work', usage: { tokens: 1 } }),
    },
  })
})

afterAll(async () => {
  await guard.stop()
  await standIn.close()
})

const explain = async (call: string, args = ['--admin', guard.adminUrl]) => {
  const at = (file: string): string => join(guard.folder, file)
  const child = spawn(
    process.execPath,
    [ENTRY, 'explain', '--config', at('guard.yaml'), '--call', at(call), ...args],
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

const callAs = async (account: string): Promise<Response> => {
  const answer = await fetch(new URL('/v1/chat/completions', guard.url), {
    method: 'POST',
    headers: { authorization: `Bearer sk-${account}`, 'content-type': 'application/json' },
    body: JSON.stringify(BODY),
  })
  await answer.arrayBuffer()
  return answer
}

const change = async (path: string, body: object): Promise<void> => {
  const { status } = await guard.admin(path, { method: 'POST', body: JSON.stringify(body) })
  expect(status).toBe(200)
}

const granted = (account: string): Promise<void> =>
  change('/api/v1/clearances', { account, kind: 'human', lifetime: '1h', why: 'a test' })

describe('explain, asked of a guard that issues challenges', () => {
  it('decides by what the account has passed there, as the guard does', async () => {
    expect((await callAs('proves')).status).toBe(403)
    expect((await explain('proves.json')).out).toMatch(/^CHALLENGE, asked for proof_of_work/)
    await granted('proves')
    expect((await callAs('proves')).status).toBe(200)
    const { status, out, err } = await explain('proves.json')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    expect(out).toMatch(/^ALLOW/)
    expect(out).toMatch(/prove .*: matched, and passed: human, \d+ m?i?n? ?s? ?ago/)
    // Without a guard nothing is known of it, and what the call says of it itself comes first.
    expect((await explain('proves.json', [])).out).toMatch(/^CHALLENGE/)
    expect((await explain('as-if.json')).out).toMatch(/^CHALLENGE/)
    expect((await explain('waits.json')).out).toMatch(/^CHALLENGE/)
  })

  it('follows a step-up that was confirmed by the id of the request, and what it has changed', async () => {
    const refused = await callAs('confirms')
    expect(refused.status).toBe(403)
    const decision = refused.headers.get('x-request-id') ?? ''
    expect(decision).toMatch(/^\w{26}$/)
    expect((await explain('confirms.json')).out).toMatch(/^CHALLENGE, asked for step_up/)
    await until('the record of the call to be there', async () => {
      const { status } = await guard.admin(`/api/v1/decisions/${decision}`)
      return status === 200
    })
    await change('/api/v1/challenges/settle', {
      decision,
      result: 'verified',
      facts: { 'account.verified': 'identity' },
      why: 'called back',
    })
    expect((await callAs('confirms')).status).toBe(200)
    const { out } = await explain('confirms.json', ['--json', '--admin', guard.adminUrl])
    // The rule does not even match any more: the fact was corrected.
    expect(JSON.parse(out)).toMatchObject({ verdict: 'allow', cleared: [], notes: [] })
  })

  it('says which keys a described call has, and where facts go', async () => {
    const { status, out, err } = await explain('wrong.json', [])
    expect(status).toBe(1)
    const said = `${out}${err}`
    expect(said).toContain('unknown key "clearance"')
    expect(said).toContain('its keys are at, account, ip, method, path, headers, body, usage')
    expect(said).toContain('"facts": {"clearance.kind": "proof_of_work", "clearance.age_s": 60}')
    expect(said).toContain('unknown key "usage.tokens"')
  })
})
