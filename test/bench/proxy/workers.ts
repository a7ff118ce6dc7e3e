/**
 * One process against two workers in one run: the same policy, calls and upstream. The load and the
 * upstream are pinned to one core and the guard may use all of them, so on a machine of two cores the
 * second worker has only what load and upstream leave of theirs: the printed bound says how much that is.
 *
 *   node test/bench/proxy/workers.ts [--rounds 5] [--seconds 4] [--connections 64] [--workers 2]
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { canPin, cpuSeconds, LOAD_CORE, startServer, type Server } from './cores.ts'
import { layOutGuard } from './guard-setup.ts'
import { load } from './load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string', default: '2' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const connections = Number(values.connections)
const ROOT = new URL('../../../', import.meta.url).pathname
const cores = availableParallelism()

type Sample = { readonly rps: number; readonly cpuUs: number; readonly upstreamUs: number }
type Running = { readonly workers: number; readonly server: Server; readonly samples: Sample[] }

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const startGuard = (upstreamUrl: string, workers: number): Promise<Server> => {
  const everyCore = canPin ? ['taskset', '-c', `0-${cores - 1}`] : []
  const serve = [process.execPath, join(ROOT, 'src/stillwatch.js'), 'serve']
  const { file } = layOutGuard(upstreamUrl)
  return startServer(LOAD_CORE, [
    ...everyCore,
    ...serve,
    '--config',
    file,
    '--workers',
    String(workers),
  ])
}

const upstream = await startServer(LOAD_CORE, [
  process.execPath,
  new URL('./upstream.ts', import.meta.url).pathname,
])
const running: Running[] = []
try {
  for (const workers of [1, Number(values.workers)]) {
    running.push({ workers, server: await startGuard(upstream.url, workers), samples: [] })
  }
  process.stdout.write(
    `${rounds} rounds of ${seconds} s, ${connections} connections, ${cores} cores; load and upstream on one of them\n`,
  )
  for (const { server } of running) load(server.url, connections, 8)
  for (let round = 1; round <= rounds; round++) {
    for (const { workers, server, samples } of running) {
      const before = cpuSeconds(server.pid)
      const upstreamBefore = cpuSeconds(upstream.pid)
      const { requests, requestsPerSecond: rps, failed } = load(server.url, connections, seconds)
      if (failed > 0) process.stdout.write(`  ${workers}: ${failed} of ${requests} failed\n`)
      const perCall = (cpuS: number): number => (cpuS * 1e6) / Math.max(1, requests)
      const cpuUs = perCall(cpuSeconds(server.pid) - before)
      samples.push({ rps, cpuUs, upstreamUs: perCall(cpuSeconds(upstream.pid) - upstreamBefore) })
      process.stderr.write(`round ${round}/${rounds} ${workers}: ${rps.toFixed(0)}/s\n`)
    }
  }
  const of = (run: Running | undefined, figure: keyof Sample): number =>
    median(run?.samples.map((sample) => sample[figure]) ?? [])
  const [one, more] = running
  for (const run of running) {
    process.stdout.write(
      `${JSON.stringify({
        workers: run.workers,
        calls_per_second: Math.round(of(run, 'rps')),
        guard_cpu_us: Math.round(of(run, 'cpuUs')),
        upstream_cpu_us: Math.round(of(run, 'upstreamUs')),
      })}\n`,
    )
  }
  process.stdout.write(
    `${JSON.stringify({
      ratio: Number((of(more, 'rps') / of(one, 'rps')).toFixed(2)),
      // What all cores together could do at these costs, the load generator's own left out.
      bound_of_this_machine: Number(
        ((cores * 1e6) / (of(more, 'cpuUs') + of(more, 'upstreamUs')) / of(one, 'rps')).toFixed(2),
      ),
    })}\n`,
  )
} finally {
  await Promise.all(running.map(({ server }) => server.stop()))
  await upstream.stop()
}
