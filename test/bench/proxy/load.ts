import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../support/system-packages.ts'
import { LOAD_CORE, pinned } from './cores.ts'

/** Customers the load pretends to be; the guard knows each of them. */
export const CUSTOMERS = 1_000

/** Credential of a customer. */
export const credentialOf = (customer: number): string => `sk-bench-${customer}`

/** Address of a customer: public space, so that every database has something to say. */
export const addressOf = (customer: number): string =>
  `${63 + (customer % 10)}.${(customer * 7) % 250}.${(customer * 13) % 250}.${1 + (customer % 250)}`

/** The body every contender passes on: a small chat completion. */
export const BODY: string = JSON.stringify({
  model: 'chat-large',
  max_tokens: 256,
  messages: [
    { role: 'system', content: 'You are a helpful assistant that answers in one short paragraph.' },
    {
      role: 'user',
      content:
        'What is the difference between a mutex and a semaphore, and when would I use which?',
    },
  ],
})

/** What one run of the load saw. */
export type LoadResult = {
  readonly requestsPerSecond: number
  readonly requests: number
  readonly failed: number
}

/** Headers beside the ones of every call. */
export type MoreHeaders = { readonly [name: string]: string }

const scriptWith = (more: MoreHeaders): string => `
local n = 0
local body = [==[${BODY}]==]
request = function()
  n = n + 1
  local c = n % ${CUSTOMERS}
  local headers = {
    ["content-type"] = "application/json",
    ["authorization"] = "Bearer sk-bench-" .. c,
    ["user-agent"] = "OpenAI/JS 7.55.0",
    ["x-forwarded-for"] = (63 + c % 10) .. "." .. (c * 7) % 250 .. "." .. (c * 13) % 250 .. "." .. (1 + c % 250),
    ${Object.entries(more)
      .map(([name, value]) => `["${name}"] = "${value}",`)
      .join(' ')}
  }
  return wrk.format("POST", "/v1/chat/completions", headers, body)
end
`

/** Where autocannon has to stand in: one customer, the same body. */
const withAutocannon = (
  url: string,
  connections: number,
  seconds: number,
  more: MoreHeaders,
): LoadResult => {
  const [program, args] = pinned(LOAD_CORE, [
    'autocannon',
    '-j',
    '-c',
    String(connections),
    '-d',
    String(seconds),
    '-m',
    'POST',
    '-H',
    'content-type=application/json',
    '-H',
    `authorization=Bearer ${credentialOf(1)}`,
    ...Object.entries(more).flatMap(([name, value]) => ['-H', `${name}=${value}`]),
    '-b',
    BODY,
    `${url}/v1/chat/completions`,
  ])
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  const report = JSON.parse(run.stdout) as {
    requests: { average: number; total: number }
    non2xx: number
    errors: number
  }
  return {
    requestsPerSecond: report.requests.average,
    requests: report.requests.total,
    failed: report.non2xx + report.errors,
  }
}

/** Loads a server with `wrk` where it is installed, with autocannon otherwise. */
export const load = (
  url: string,
  connections: number,
  seconds: number,
  more: MoreHeaders = {},
): LoadResult => {
  if (findProgram(['wrk']) === undefined) return withAutocannon(url, connections, seconds, more)
  const script = join(mkdtempSync(join(tmpdir(), 'stillwatch-bench-')), 'load.lua')
  writeFileSync(script, scriptWith(more))
  const [program, args] = pinned(LOAD_CORE, [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    url,
  ])
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' })
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0)
  return {
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    requests: number(/(\d+) requests in/),
    failed: number(/Non-2xx or 3xx responses: (\d+)/) + number(/timeout (\d+)/),
  }
}
