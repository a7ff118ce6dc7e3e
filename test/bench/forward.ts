/**
 * CPU a call costs on the way through an upstream, beside a bare pass-through of undici's dispatch over
 * the same two node:http objects. Each role runs in a process of its own; the figure is the proxy's user
 * and system time over its calls, which varies far less than throughput. Run: `node test/bench/forward.ts`.
 */
import { execFile, fork, type ChildProcess } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import type { Passage } from '../../src/core/seams.ts'
import { NodeExchange } from '../../src/http/exchange.ts'
import { createUpstreams } from '../../src/upstream/forward.ts'
import { aCall } from '../support/a-call.ts'
import { plainDialect } from '../support/plain-dialect.ts'

const BODY = JSON.stringify({
  model: 'm-1',
  messages: [{ role: 'user', content: 'x'.repeat(250) }],
})
const JSON_ANSWER = Buffer.from(JSON.stringify({ choices: ['y'.repeat(450)] }))
const EVENT = Buffer.from(`data: ${JSON.stringify({ choices: [{ delta: 'z'.repeat(120) }] })}\n\n`)
const ANSWER_HEADERS = Object.fromEntries(
  Array.from({ length: 14 }, (_, i) => [`x-ratelimit-header-${i}`, `value-${i}`]),
)
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length'])

const readAll = (incoming: IncomingMessage, done: (body: Buffer) => void): void => {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => done(Buffer.concat(chunks)))
}

const upstream = (incoming: IncomingMessage, response: ServerResponse): void =>
  readAll(incoming, () => {
    if (incoming.url?.includes('sse') !== true) {
      response.writeHead(200, { ...ANSWER_HEADERS, 'content-length': JSON_ANSWER.length })
      response.end(JSON_ANSWER)
      return
    }
    response.writeHead(200, { ...ANSWER_HEADERS, 'content-type': 'text/event-stream' })
    let left = 60
    const next = (): void => {
      response.write(EVENT)
      if (--left > 0) setImmediate(next)
      else response.end('data: [DONE]\n\n')
    }
    next()
  })

const bare = (url: string) => {
  const pool = new Pool(url, { connections: 64, pipelining: 1, allowH2: false })
  return (incoming: IncomingMessage, response: ServerResponse): void =>
    readAll(incoming, (body) => {
      const headers: string[] = []
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
        const name = incoming.rawHeaders[i] ?? ''
        if (!HOP.has(name.toLowerCase())) headers.push(name, incoming.rawHeaders[i + 1] ?? '')
      }
      let abort: (() => void) | undefined
      response.once('close', () => {
        if (!response.writableFinished) abort?.()
      })
      pool.dispatch(
        { path: incoming.url ?? '/', method: 'POST', headers, body },
        {
          onRequestStart: (controller) => {
            abort = () => controller.abort(new Error('left'))
          },
          onResponseStart: (controller, status) => {
            const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : []
            const out: string[] = []
            for (let i = 0; i < raw.length; i += 2) {
              const name = raw[i]?.toString('latin1') ?? ''
              if (!HOP.has(name.toLowerCase())) out.push(name, raw[i + 1]?.toString('latin1') ?? '')
            }
            response.writeHead(status, out)
          },
          onResponseData: (controller, chunk) => {
            if (response.write(chunk)) return
            controller.pause()
            response.once('drain', () => controller.resume())
          },
          onResponseEnd: () => response.end(),
          onResponseError: () => response.destroy(),
        },
      )
    })
}

const forwarding = (url: string) => {
  const dialect = plainDialect({
    usageReader: () => ({
      push: () => {},
      total: () => undefined,
      estimatedOutputTokens: () => 0,
    }),
  })
  const upstreams = createUpstreams({
    upstreams: [
      {
        id: 'main',
        url,
        dialect: 'openai',
        models: ['*'],
        credential: 'pass',
        timeouts: { connectMs: 5_000, firstByteMs: 600_000, idleMs: 300_000 },
        connections: 64,
      },
    ],
    dialects: { openai: dialect, anthropic: dialect, gemini: dialect },
    askForUsage: true,
  })
  const passage: Passage = {
    rawHeaders: ['x-stillwatch-decision', '01k0000000000000000000'],
    limits: [],
    chosen: () => {},
    answered: () => {},
    firstByte: () => {},
  }
  const call = aCall()
  return (incoming: IncomingMessage, response: ServerResponse): void => {
    const exchange = new NodeExchange(incoming, response)
    readAll(incoming, (body) => {
      const target = exchange.target
      void upstreams.forward(
        { ...call, target, rawHeaders: exchange.rawHeaders, body },
        exchange,
        passage,
      )
    })
  }
}

const runRole = (role: string, url: string): void => {
  const handler = role === 'upstream' ? upstream : role === 'bare' ? bare(url) : forwarding(url)
  const server = createServer(handler)
  server.listen(0, '127.0.0.1', () => {
    // A TCP listener's address is an AddressInfo.
    process.send?.((server.address() as AddressInfo).port)
  })
  process.on('message', () => process.send?.(process.cpuUsage()))
}

type Role = { readonly process: ChildProcess; readonly url: string }

const start = (role: string, url = ''): Promise<Role> =>
  new Promise((resolve) => {
    const child = fork(import.meta.filename, [role, url])
    child.once('message', (message) => {
      // The child's first word is the port it listens on.
      resolve({ process: child, url: `http://127.0.0.1:${message as number}` })
    })
  })

const cpuMs = (role: Role): Promise<number> =>
  new Promise((resolve) => {
    role.process.once('message', (usage) => {
      // The child answers with process.cpuUsage().
      const { user, system } = usage as NodeJS.CpuUsage
      resolve((user + system) / 1000)
    })
    role.process.send('cpu')
  })

type Load = {
  readonly requests: { readonly total: number; readonly average: number }
  readonly non2xx: number
  readonly errors: number
}

const HEADERS = [
  'content-type=application/json',
  'authorization=Bearer sk-test',
  'user-agent=OpenAI/JS 7.55.0',
  'x-stainless-lang=js',
  'x-stainless-os=Linux',
  'x-stainless-arch=x64',
  'x-stainless-runtime=node',
  'accept=application/json',
  'accept-encoding=gzip, deflate',
].flatMap((header) => ['-H', header])

const load = async (url: string, path: string, seconds: number): Promise<Load> => {
  const options = ['-c', '32', '-d', String(seconds), '-m', 'POST', '-b', BODY, '--json', '-n']
  const { stdout } = await promisify(execFile)('autocannon', [...options, ...HEADERS, url + path])
  // autocannon's documented result.
  const result = JSON.parse(stdout) as Load
  if (result.non2xx + result.errors > 0) throw new Error('some calls failed: no figure')
  return result
}

const measure = async (): Promise<void> => {
  const api = await start('upstream')
  const roles = { bare: await start('bare', api.url), forward: await start('forward', api.url) }
  for (const path of ['/v1/chat/completions', '/v1/chat/completions?sse']) {
    for (const role of Object.values(roles)) await load(role.url, path, 2)
    for (let round = 1; round <= 4; round++) {
      for (const [name, role] of Object.entries(roles)) {
        const before = await cpuMs(role)
        const { requests } = await load(role.url, path, 4)
        const perCall = (((await cpuMs(role)) - before) * 1000) / requests.total
        console.log(
          `${path.includes('sse') ? 'sse ' : 'json'} ${name.padEnd(8)} ${perCall.toFixed(1)} us CPU a call, ${requests.average} calls/s`,
        )
      }
    }
  }
  for (const role of [api, ...Object.values(roles)]) role.process.kill()
}

const [role, url = ''] = process.argv.slice(2)
if (role === undefined) await measure()
else runRole(role, url)
