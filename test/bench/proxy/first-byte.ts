/**
 * What a proxy adds to the first byte of a streamed answer while it carries half the load it could: one
 * probe at a time asks for a stream directly and through each proxy in turn.
 *
 *   node test/bench/proxy/first-byte.ts [--probes 2000] [--load 0.5]
 */
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { CONTENDERS, pinningNote } from './contenders.ts'
import { canPin, LOAD_CORE, pinned, startServer, type Server } from './cores.ts'
import { BODY, credentialOf, load } from './load.ts'

const { values } = parseArgs({
  options: {
    probes: { type: 'string', default: '2000' },
    load: { type: 'string', default: '0.5' },
  },
})
const probes = Number(values.probes)

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Milliseconds to the first body byte of a stream. */
const firstByte = (url: string, customer: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const begin = performance.now()
    const asking = request(
      `${url}/v1/chat/completions`,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(BODY),
          authorization: `Bearer ${credentialOf(customer)}`,
          'x-bench-stream': '1',
        },
      },
      (answer) => {
        let first: number | undefined
        answer.on('data', () => (first ??= performance.now() - begin))
        answer.on('end', () => resolve(first ?? Number.NaN)).on('error', reject)
      },
    )
    asking.on('error', reject).end(BODY)
  })

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN

const measure = async (url: string): Promise<{ readonly p50: number; readonly p99: number }> => {
  const seen: number[] = []
  for (let probe = 0; probe < probes; probe++) seen.push(await firstByte(url, probe % 100))
  const sorted = seen.toSorted((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}

/** Steady load from a process of its own until it is stopped. */
const startLoad = (url: string, perSecond: number): (() => void) => {
  const [program, args] = pinned(LOAD_CORE, [
    'autocannon',
    '-c',
    '8',
    '-d',
    '600',
    '-R',
    String(Math.floor(perSecond)),
    '-m',
    'POST',
    '-H',
    'content-type=application/json',
    '-H',
    `authorization=Bearer ${credentialOf(1)}`,
    '-b',
    BODY,
    `${url}/v1/chat/completions`,
  ])
  const child = spawn(program, args, { stdio: 'ignore' })
  return () => void child.kill('SIGTERM')
}

const upstreamScript = new URL('./upstream.ts', import.meta.url).pathname
const upstream = await startServer(LOAD_CORE, [process.execPath, upstreamScript])
try {
  console.log(`${probes} probes, load ${values.load} of what each carries; ${pinningNote(canPin)}`)
  await measure(upstream.url)
  const direct = await measure(upstream.url)
  console.log(
    `${'direct'.padEnd(26)} p50 ${direct.p50.toFixed(2)} ms   p99 ${direct.p99.toFixed(2)} ms`,
  )
  for (const { name, start } of CONTENDERS.slice(0, 2)) {
    const server: Server | { readonly unavailable: string } = await start(upstream.url)
    if ('unavailable' in server) continue
    const most = load(server.url, 32, 8).requestsPerSecond
    const idle = await measure(server.url)
    const stopLoad = startLoad(server.url, most * Number(values.load))
    await measure(server.url)
    const busy = await measure(server.url)
    const busyDirect = await measure(upstream.url)
    stopLoad()
    await server.stop()
    console.log(
      `${name.padEnd(26)} added without load p50 ${(idle.p50 - direct.p50).toFixed(2)} p99 ${(idle.p99 - direct.p99).toFixed(2)} ms` +
        `   at ${(most * Number(values.load)).toFixed(0)}/s p50 ${(busy.p50 - busyDirect.p50).toFixed(2)} p99 ${(busy.p99 - busyDirect.p99).toFixed(2)} ms`,
    )
  }
} finally {
  await upstream.stop()
  agent.destroy()
}
