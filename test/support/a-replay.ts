import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { replayTrace } from '../../src/commands/replay.ts'
import type { Summary } from '../../src/replay/summary.ts'
import { tempDir } from './temp-dir.ts'

/** Wednesday, 22 April 2026. */
export const START_MS: number = Date.UTC(2026, 3, 22)
export const DAY_MS = 86_400_000

/** Every verdict there is, by what a caller does. */
export const EVERY_VERDICT = `
version: 1
posture: open
tiers:
  - { id: old, when: 'account.age_days >= 30.0 && account.active_days >= 5.0', factor: 2 }
  - { id: young, when: 'true', factor: 1 }
rules:
  - { id: no-secrets, when: 'request.model == "secret"', then: deny }
  - { id: slow-down, when: 'request.model == "slow"', then: throttle, retry_after_s: 5 }
  - { id: puzzle, when: 'request.model == "puzzle"', then: challenge, challenge: proof_of_work }
  - { id: watched, when: 'request.model == "watched"', then: deny, mode: shadow }
limits:
  - { id: three-a-minute, per: [account.id], count: requests, quota: 3, window: 1m, scale: trust.factor }
  - { id: network-five, per: [caller.network], when: '!has(account.known) || !account.known', count: requests, quota: 5, window: 1m }
`

const GUARD = `
version: 1
upstreams: [{ id: main, url: "\${env:NOBODY_SETS_THIS}", dialect: openai }]
geoip: { country: null }
policies: [policy.yaml]
bodies: { max: 64KB }
data_dir: data
`

/** A line of a trace: an ordinary chat call of `acct_1` unless told. */
export const aLine = (fields: { readonly [key: string]: unknown } = {}): string => {
  const line = {
    at: START_MS,
    account: 'acct_1',
    ip: '203.0.113.7',
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'user-agent': 'OpenAI/JS 7.55.0' },
    body: { model: 'm-1', messages: [{ role: 'user', content: 'hi' }], max_tokens: 100 },
    usage: { input_tokens: 10, output_tokens: 20 },
    label: 'legit/chat',
    ...fields,
  }
  return JSON.stringify(line)
}

/** A chat body for a model. */
export const asks = (model: string): unknown => ({ model, messages: [], max_tokens: 100 })

/** How a run of the command came out. */
export type ReplayRun = {
  readonly exit: number
  readonly out: string
  readonly err: string
  readonly folder: string
  /** What `--summary` wrote. */
  readonly summary: () => Summary
  readonly read: (name: string) => Buffer
}

const collector = (): { readonly stream: Writable; readonly text: () => string } => {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream, text: () => text }
}

/** Runs `replay` over a folder of its own. `trace` is lines, or the bytes of the file. */
export const runReplay = async (parts: {
  readonly trace: readonly string[] | Buffer
  readonly accounts?: readonly object[]
  readonly policy?: string
  readonly guard?: string
  readonly traceName?: string
  /** In place of the file that is written. */
  readonly tracePath?: string
  readonly out?: string
  readonly json?: boolean
  readonly lenient?: boolean
  /** In place of a data folder of its own. */
  readonly campaigns?: string
  /** That of an earlier run, in place of a new one. */
  readonly folder?: string
}): Promise<ReplayRun> => {
  const { folder = tempDir() } = parts
  const { trace, accounts = [{ id: 'acct_1' }], json = false, lenient = false } = parts
  const name = join(folder, parts.traceName ?? 'trace.jsonl')
  const bytes = Buffer.isBuffer(trace) ? trace : Buffer.from(`${trace.join('\n')}\n`)
  writeFileSync(name, name.endsWith('.gz') && !Buffer.isBuffer(trace) ? gzipSync(bytes) : bytes)
  writeFileSync(
    join(folder, 'accounts.jsonl'),
    accounts.map((account) => `${JSON.stringify(account)}\n`).join(''),
  )
  writeFileSync(join(folder, 'policy.yaml'), parts.policy ?? EVERY_VERDICT)
  writeFileSync(join(folder, 'guard.yaml'), `${GUARD}${parts.guard ?? ''}`)
  const out = collector()
  const err = collector()
  const exit = await replayTrace(
    {
      config: join(folder, 'guard.yaml'),
      json,
      lenient,
      trace: parts.tracePath ?? name,
      accounts: join(folder, 'accounts.jsonl'),
      summary: join(folder, 'summary.json'),
      campaigns: parts.campaigns,
      out: parts.out === undefined ? undefined : join(folder, parts.out),
    },
    { out: out.stream, err: err.stream },
  )
  return {
    exit,
    out: out.text(),
    err: err.text(),
    folder,
    // What the command itself wrote.
    summary: () => JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary,
    read: (file) => readFileSync(join(folder, file)),
  }
}
