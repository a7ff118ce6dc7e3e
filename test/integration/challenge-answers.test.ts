import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { solveChallenge, type Challenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rigCredentialHash, rigNetworkHash } from '../support/challenge-rig.ts'
import {
  startRealChallenges,
  STEP_UP_SECRET,
  type RealChallenges,
} from '../support/real-challenges.ts'
import { signedWebhook } from '../support/step-up-world.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

type Json = { readonly [name: string]: unknown }

describe('challenges over the wire, with real parts', () => {
  let rig: RealChallenges
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-'))
  beforeAll(async () => {
    rig = await startRealChallenges(dir)
  })
  afterAll(async () => {
    await rig.close()
    rmSync(dir, { recursive: true, force: true })
  })

  const show = async (id: string): Promise<Json> => {
    const response = await fetch(rig.at(id), { headers: { accept: 'application/json' } })
    return (await response.json()) as Json
  }
  const solve = async (id: string): Promise<string> => {
    const { puzzle } = await show(id)
    const solution = await solveChallenge({ challenge: puzzle as Challenge, deriveKey })
    return JSON.stringify({
      puzzle,
      solution: { counter: solution?.counter, derivedKey: solution?.derivedKey },
    })
  }
  const post = async (
    id: string,
    body: string,
    headers: { readonly [name: string]: string } = {},
  ): Promise<{ status: number; headers: Headers; json: Json }> => {
    const response = await fetch(rig.at(id), {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body,
    })
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json()) as Json,
    }
  }

  it('grant one clearance for one solution, and say that it is spent from then on', async () => {
    const id = rig.issue()
    const body = await solve(id)
    const first = await post(id, body)
    expect(first.status).toBe(200)
    expect(first.json).toEqual({
      clearance: expect.any(String),
      kind: 'proof_of_work',
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    expect(first.headers.get('x-stillwatch-decision')).toBe('01k0000000000000000000')
    expect(first.headers.get('cache-control')).toBe('no-store')
    const second = await post(id, body)
    expect(second.status).toBe(409)
    expect(second.headers.get('x-should-retry')).toBe('false')
    expect(second.json).toMatchObject({ error: { code: 'challenge_spent' } })
    expect(await show(id)).toMatchObject({ status: 'passed' })
  })

  it.each<[string, number, string]>([
    ['{}', 400, 'challenge_malformed'],
    ['{"puzzle":{},"solution":{}}', 400, 'challenge_malformed'],
    ['[]', 400, 'invalid_body'],
    ['{"a":1,"a":2}', 400, 'invalid_body'],
    ['{', 400, 'invalid_body'],
    ['', 400, 'invalid_body'],
  ])('refuse the answer %s', async (body, status, code) => {
    const answer = await post(rig.issue(), body)
    expect(answer.json).toMatchObject({ error: { code } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-should-retry')).toBe('false')
  })

  it('refuse what is wrong, expired, of another challenge, or nobody’s', async () => {
    const id = rig.issue()
    const body = await solve(id)
    const other = await post(rig.issue(), body)
    expect([other.status, other.json]).toEqual([
      403,
      { error: expect.objectContaining({ code: 'challenge_not_yours' }) },
    ])
    const wrong = await post(id, body.replace(/"counter":\d+/, '"counter":1'))
    expect([wrong.status, wrong.json]).toMatchObject([422, { error: { code: 'challenge_wrong' } }])
    const late = rig.issue({ issuedMs: Date.now() - 3_600_000 })
    const expired = await post(late, body)
    expect([expired.status, expired.json]).toMatchObject([
      410,
      { error: { code: 'challenge_expired' } },
    ])
    expect(await show(late)).toMatchObject({ status: 'expired' })
    const unsealed = await post('not-one-of-ours', body)
    expect([unsealed.status, unsealed.json]).toMatchObject([
      400,
      { error: { code: 'challenge_malformed' } },
    ])
  })

  it('look at the network and at a key that was sent along', async () => {
    const bound = { network: rigNetworkHash('127.0.0.0/24'), credential: rigCredentialHash('sk-1') }
    const elsewhere = rig.issue({ bound: { network: rigNetworkHash('203.0.113.0/24') } })
    // It is told before anybody works for nothing.
    expect(await show(elsewhere)).toMatchObject({ status: 'elsewhere' })
    expect(await show(elsewhere)).not.toHaveProperty('puzzle')
    const id = rig.issue({ bound })
    const body = await solve(id)
    expect((await post(elsewhere, body)).status).toBe(403)
    expect((await post(id, body, { authorization: 'Bearer sk-2' })).status).toBe(403)
    const two = await post(id, body, { authorization: 'Bearer sk-1', 'x-api-key': 'sk-1' })
    expect([two.status, two.json]).toMatchObject([400, { error: { code: 'ambiguous_credential' } }])
    expect((await post(id, body, { authorization: 'Bearer sk-1' })).status).toBe(200)
  })

  it('tell a program that a step-up is not its to answer, and take the word of the console', async () => {
    const id = rig.issue({ kind: 'step_up', difficulty: 1 })
    const refused = await post(id, '{}')
    expect([refused.status, refused.json]).toMatchObject([
      403,
      { error: { code: 'challenge_not_answerable' } },
    ])
    const page = await (await fetch(rig.at(id), { headers: { accept: 'text/html' } })).text()
    expect(page).toContain('https://console.example.com/confirm?challenge=')
    const { rawHeaders, body } = signedWebhook(
      { challenge: id, result: 'verified' },
      { secret: STEP_UP_SECRET, nowMs: Date.now() },
    )
    const headers = new Headers()
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
    }
    const url = `${rig.url}/.stillwatch/step-up`
    const unsigned = await fetch(url, { method: 'POST', headers: JSON_TYPE, body: '{}' })
    expect(unsigned.status).toBe(401)
    const done = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
    expect([done.status, await done.json()]).toMatchObject([200, { kind: 'step_up' }])
    expect(await show(id)).toMatchObject({ status: 'passed' })
    const after = await (await fetch(rig.at(id), { headers: { accept: 'text/html' } })).text()
    expect(after).toContain('Done. Repeat your call')
  })
})
