/**
 * Throughput of every contender in one run: the same small chat completions, the same upstream, one core
 * a process. Rounds go through all contenders in turn, so that a busy minute of the machine hits them
 * alike; medians, ratios to the bare pass-through and the spread are printed.
 *
 *   node test/bench/proxy/throughput.ts [--rounds 5] [--seconds 4] [--connections 32] [--only name]
 */
import { parseArgs } from 'node:util'
import { CONTENDERS, pinningNote } from './contenders.ts'
import { canPin, cpuSeconds, LOAD_CORE, startServer, type Server } from './cores.ts'
import { load, type MoreHeaders } from './load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string', default: '' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const connections = Number(values.connections)

type Sample = { readonly rps: number; readonly cpuUs: number }

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const upstream = await startServer(LOAD_CORE, [
  process.execPath,
  new URL('./upstream.ts', import.meta.url).pathname,
])
const running: {
  readonly name: string
  readonly server: Server
  readonly more: MoreHeaders
  readonly samples: Sample[]
}[] = []
try {
  for (const { name, start, headers } of CONTENDERS) {
    if (!name.toLowerCase().includes(values.only.toLowerCase()) && !name.startsWith('bare'))
      continue
    const server = await start(upstream.url)
    if ('unavailable' in server) process.stdout.write(`${name}: left out, ${server.unavailable}\n`)
    else running.push({ name, server, more: headers?.(upstream.url) ?? {}, samples: [] })
  }
  process.stdout.write(
    `${rounds} rounds of ${seconds} s, ${connections} connections; ${pinningNote(canPin)}\n`,
  )
  for (const { server, more } of running) load(server.url, connections, 12, more)
  for (let round = 1; round <= rounds; round++) {
    for (const { name, server, more, samples } of running) {
      const before = cpuSeconds(server.pid)
      const result = load(server.url, connections, seconds, more)
      const cpuUs = ((cpuSeconds(server.pid) - before) * 1e6) / Math.max(1, result.requests)
      if (result.failed > 0)
        process.stdout.write(`  ${name}: ${result.failed} of ${result.requests} failed\n`)
      samples.push({ rps: result.requestsPerSecond, cpuUs })
      process.stderr.write(
        `round ${round}/${rounds} ${name}: ${result.requestsPerSecond.toFixed(0)}/s\n`,
      )
    }
  }
  const bare = median(running[0]?.samples.map(({ rps }) => rps) ?? [])
  process.stdout.write(
    `\n${'contender'.padEnd(26)}${'calls/s'.padStart(9)}${'ratio'.padStart(7)}${'CPU µs'.padStart(8)}   spread\n`,
  )
  for (const { name, samples } of running) {
    const rps = samples.map((sample) => sample.rps)
    process.stdout.write(
      `${name.padEnd(26)}${median(rps).toFixed(0).padStart(9)}${(median(rps) / bare).toFixed(2).padStart(7)}` +
        `${median(samples.map(({ cpuUs }) => cpuUs))
          .toFixed(0)
          .padStart(8)}   ${Math.min(...rps).toFixed(0)}–${Math.max(...rps).toFixed(0)}\n`,
    )
  }
} finally {
  await Promise.all(running.map(({ server }) => server.stop()))
  await upstream.stop()
}
