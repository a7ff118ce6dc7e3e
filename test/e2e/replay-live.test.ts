import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { replayTrace } from '../../src/commands/replay.ts'
import { EVERY_VERDICT } from '../support/a-replay.ts'
import { decisionRows, type DecisionRow } from '../support/decision-records.ts'
import { startGuard } from '../support/guard-process.ts'
import { createPlainUpstream } from '../support/plain-upstream.ts'

const SECRET = 'a secret of thirty-two characters'
const ACCOUNTS = [
  { id: 'acct_1', credentials: ['sk-one'], entity: 'org', account: { status: 'active' } },
  { id: 'acct_2', credentials: ['sk-two'], created_at: Date.UTC(2026, 0, 1) },
]
const USAGE = { prompt_tokens: 11, completion_tokens: 7 }

type Sent = { readonly key: string; readonly account: string | undefined; readonly body: string }

const chat = (model: string, extra = ''): string =>
  `{"model":"${model}", "messages":[{"role":"user","content":"hello"}],"max_tokens":50${extra}}`

const SENT: readonly Sent[] = [
  { key: 'sk-one', account: 'acct_1', body: chat('m-1') },
  { key: 'sk-one', account: 'acct_1', body: chat('watched') },
  { key: 'sk-two', account: 'acct_2', body: chat('secret') },
  { key: 'sk-two', account: 'acct_2', body: chat('slow') },
  { key: 'sk-one', account: 'acct_1', body: chat('m-1', ',"n":2') },
  { key: 'sk-one', account: 'acct_1', body: chat('m-1') },
  { key: 'sk-two', account: 'acct_2', body: chat('puzzle') },
  { key: 'sk-two', account: 'acct_2', body: chat('puzzle') },
  { key: 'sk-none', account: undefined, body: chat('m-2') },
  { key: 'sk-two', account: 'acct_2', body: chat('m-1', ',"max_tokens":5') },
]

const headersOf = ({ key, body }: Sent): readonly (readonly [string, string])[] => [
  ['Host', 'api.test'],
  ['User-Agent', 'OpenAI/JS 7.55.0'],
  ['Authorization', `Bearer ${key}`],
  ['Content-Type', 'application/json'],
  ['Content-Length', String(Buffer.byteLength(body))],
  ['Connection', 'close'],
]

/** Byte for byte, so that no client adds headers of its own. */
const send = async (url: string, sent: Sent): Promise<void> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const head = headersOf(sent).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head.join('')}\r\n${sent.body}`)
  socket.resume()
  await once(socket, 'close')
}

/** What follows from the process, the wire or the moment, and not from the call. */
const comparable = (row: DecisionRow): unknown => {
  const {
    time: _time,
    'stillwatch.decision.id': _id,
    'stillwatch.challenge.id': _challenge,
    'stillwatch.timings_us': _timings,
    'stillwatch.upstream.id': _upstream,
    'stillwatch.bytes_out': _bytes,
    'stillwatch.limits': limits,
    'stillwatch.retry_after_ms': _retry,
    'stillwatch.facts': facts,
    ...rest
  } = row
  const { 'caller.credential': _credential, ...known } = (facts ?? {}) as Record<string, unknown>
  const met = limits as readonly Record<string, unknown>[] | undefined
  return { ...rest, facts: known, limits: met?.map(({ reset_ms: _reset, ...one }) => one) }
}

it('a replay writes the records that a live guard wrote for the same calls', async () => {
  const upstream = await createPlainUpstream((response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ usage: USAGE }))
  })
  onTestFinished(() => upstream.close())
  const shared = { geoip: { country: null }, secret: SECRET }
  const guard = await startGuard({
    settings: {
      ...shared,
      upstreams: [{ id: 'main', url: upstream.url, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
    },
    policies: { 'policy.yaml': EVERY_VERDICT },
    files: { 'accounts.jsonl': ACCOUNTS.map((account) => `${JSON.stringify(account)}\n`).join('') },
  })
  for (const sent of SENT) await send(guard.url, sent)
  expect(await guard.stop()).toBe(0)
  const live = decisionRows(guard)
  expect(live).toHaveLength(SENT.length)

  const trace = SENT.map((sent, n) =>
    JSON.stringify({
      at: Date.parse(String(live[n]?.time)),
      account: sent.account,
      ip: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers: headersOf(sent),
      body: 'BODY',
      usage: { input_tokens: USAGE.prompt_tokens, output_tokens: USAGE.completion_tokens },
    }).replace('"BODY"', sent.body),
  )
  const file = (name: string): string => join(guard.folder, name)
  writeFileSync(file('trace.jsonl'), `${trace.join('\n')}\n`)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const exit = await replayTrace(
    {
      config: file('guard.yaml'),
      json: true,
      lenient: false,
      trace: file('trace.jsonl'),
      accounts: file('accounts.jsonl'),
      out: file('records.ndjson'),
    },
    { out: nowhere, err: nowhere },
  )
  expect(exit).toBe(0)
  const replayed = readFileSync(file('records.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { label, ...row } = JSON.parse(line) as DecisionRow & { readonly label: string }
      expect(label).toBe('unlabelled')
      return row
    })
  expect(replayed.map(comparable)).toEqual(live.map(comparable))
  expect(new Set(live.map((row) => row['stillwatch.ruling']))).toEqual(
    new Set(['allow', 'challenge', 'deny', 'throttle', undefined]),
  )
})
