import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import OpenAI, { PermissionDeniedError, RateLimitError } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { foundCampaign, keyOf, type FoundCampaign } from '../support/found-campaign.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'

const ENTRY = new URL('../../src/stillwatch.js', import.meta.url).pathname
const TOKEN = 'test-operator-token-0123456789'
const DAY_MS = 86_400_000
/** A little more than a campaign has in a day by the shipped policy, and far less than anybody else has. */
const A_BUDGET = 5_500_000

type Body = { readonly [name: string]: unknown }

/** What reached the model API, and how many tokens it says an answer came to. */
const bodies: Body[] = []
let tokens = 10

const upstream = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk: Buffer) => (text += chunk.toString()))
  request.on('end', () => {
    bodies.push(JSON.parse(text) as Body)
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 0,
        model: 'chat-large',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 8, completion_tokens: tokens, total_tokens: tokens + 8 },
      }),
    )
  })
})

let found: FoundCampaign
let guard: GuardProcess

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  // A listening TCP server has an address of this form.
  const { port } = upstream.address() as AddressInfo
  found = await foundCampaign({
    upstreams: [{ id: 'main', url: `http://127.0.0.1:${port}`, dialect: 'openai' }],
    admin: { listen: '127.0.0.1:0', tokens: [{ name: 'ops', role: 'operator', token: TOKEN }] },
    campaigns: { min_reference: 20, ceiling: 2 },
  })
  guard = await startGuard({ folder: found.folder })
}, 60_000)

afterAll(async () => {
  await guard.stop()
  upstream.close()
  rmSync(found.folder, { recursive: true, force: true })
})

const campaigns = async (...args: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, [ENTRY, 'campaigns', ...args], {
    env: { PATH: process.env['PATH'], STILLWATCH_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(text)
  return text
}

const ask = (account: string): Promise<OpenAI.Chat.ChatCompletion> =>
  new OpenAI({
    baseURL: `${guard.url}/v1`,
    apiKey: keyOf(account),
    maxRetries: 0,
  }).chat.completions.create({
    model: 'chat-large',
    messages: [{ role: 'user', content: 'hi' }],
    logprobs: true,
    n: 4,
    max_tokens: 100_000,
  })

const refused = async (account: string): Promise<unknown> =>
  ask(account).then(
    () => undefined,
    (error: unknown) => error,
  )

const askedLast = (): Body | undefined => bodies.at(-1)

test('a live guard goes on from what a replay found, acts on it, and lets operators have their say', async () => {
  const [, id = ''] = /"id":"(cmp_\w+)","level":2/.exec(found.told) ?? []
  expect(id).not.toBe('')

  // What was found is there from the first call on, for operators too.
  const shown = await campaigns('show', id, '--admin', guard.adminUrl)
  expect(shown).toMatch(/^\d+ accounts that behave as one; shared budget since /)
  expect(shown).toContain(`stillwatch campaigns dismiss ${id} --note`)
  const listed = JSON.parse(
    await campaigns('members', id, '--json', '--admin', guard.adminUrl),
  ) as { readonly members: readonly { readonly entity: string }[] }
  const [one = '', two = '', three = '', four = ''] = listed.members.map(({ entity }) => entity)
  expect(four).not.toBe('')

  // Level 2: forwarded in another shape, until all of them together have had their day's worth.
  await ask(one)
  expect(askedLast()).toMatchObject({ max_tokens: 2048 })
  expect(askedLast()).not.toMatchObject({ logprobs: true })
  expect(askedLast()).not.toMatchObject({ n: 4 })
  tokens = A_BUDGET
  await ask(one)
  tokens = 10
  const before = Date.now()
  const limited = await until('the budget to be counted', async () => {
    const error = await refused(two)
    return error instanceof RateLimitError && error
  })
  const waitS = Number(limited.headers.get('retry-after'))
  const leftS = (ms: number): number => (DAY_MS - (ms % DAY_MS)) / 1000
  expect(waitS).toBeGreaterThanOrEqual(Math.floor(leftS(Date.now())))
  expect(waitS).toBeLessThanOrEqual(Math.ceil(leftS(before)) + 1)

  // Whoever is not of it notices nothing.
  await ask(found.honest)
  expect(askedLast()).toMatchObject({ max_tokens: 100_000, logprobs: true, n: 4 })

  const by = ['--admin', guard.adminUrl, '--note']
  await campaigns('raise', id, '--level', '4', ...by, 'seen before')
  const denied = await until('the denial', async () => {
    const error = await refused(two)
    return error instanceof PermissionDeniedError && error
  })
  expect(denied.status).toBe(403)
  const decision = denied.requestID ?? ''
  expect(denied.message).toContain(decision)
  const record = await until('its record', async () => {
    const { status, body } = await guard.admin(`/api/v1/decisions/${decision}`)
    return status === 200 && JSON.stringify(body)
  })
  expect(record).toContain(id)
  expect(record).toContain('campaign-denied')
  await ask(found.honest)

  await campaigns('release', id, '--entity', three, ...by, 'a school')
  await until('the released one', async () => (await refused(three)) === undefined)
  expect(askedLast()).toMatchObject({ max_tokens: 100_000 })
  expect(await refused(four)).toBeInstanceOf(PermissionDeniedError)

  const metric = async (): Promise<string> => String((await guard.admin('/metrics')).body)
  await until('the level', async () =>
    (await metric()).includes('stillwatch_campaigns{level="4"} 1'),
  )
  await campaigns('dismiss', id, ...by, 'a partner')
  for (const account of [two, four]) {
    await until('their release', async () => (await refused(account)) === undefined)
  }
  await until('the metrics', async () => {
    const text = await metric()
    return (
      text.includes('stillwatch_campaigns{level="4"} 0') &&
      text.includes('stillwatch_campaign_marks 0')
    )
  })
  expect(await campaigns('list', '--admin', guard.adminUrl)).toContain('dismissed')

  const audit = JSON.stringify((await guard.admin('/api/v1/audit')).body)
  for (const said of ['seen before', 'a school', 'a partner', id, three]) {
    expect(audit).toContain(said)
  }
}, 60_000)

test('a replay does not take the folder of a guard for what it finds', async () => {
  const replay = async (): Promise<string> => {
    const trace = join(found.folder, 'trace.jsonl')
    writeFileSync(trace, '')
    const options = Object.entries({
      config: join(found.folder, 'guard.yaml'),
      trace,
      accounts: join(found.folder, 'accounts.jsonl'),
      campaigns: join(found.folder, 'data'),
    }).flatMap(([name, value]) => [`--${name}`, value])
    const child = spawn(process.execPath, [ENTRY, 'replay', ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let text = ''
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [status] = (await once(child, 'close')) as [number | null]
    expect(status).toBe(3)
    return text
  }
  expect(await replay()).toMatch(/in use by another running process; .* set another --campaigns\n$/)
  await guard.stop()
  expect(await replay()).toContain('holds the campaigns of a guard')
}, 60_000)
