/**
 * One process against several workers in one run: the same policy, calls and upstream. Load and upstream
 * are as cheap as they come and pinned to one core; the guard may use all of them. On a machine of two
 * cores the second worker has only what load and upstream leave of theirs, so three more figures are
 * printed: as many processes that share nothing, each with half of the connections, which is what this
 * machine can give; the processor time a call costs in each process; and, computed from it, what more
 * cores would give.
 *
 *   node test/bench/proxy/workers.ts [--rounds 5] [--seconds 4] [--connections 64] [--workers 2]
 *                                    [--warm-calls 40000]
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startCheapUpstream } from './cheap-upstream.ts'
import { canPin, cpuSeconds, LOAD_CORE, startServer, type Server } from './cores.ts'
import { layOutGuard } from './guard-setup.ts'
import type { LoadResult } from './load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string', default: '2' },
    'warm-calls': { type: 'string', default: '40000' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const connections = Number(values.connections)
const count = Number(values.workers)
/** Calls each process has served before it is measured: what V8 spends on compiling is spent by then. */
const warmCalls = Number(values['warm-calls'])
const ROOT = new URL('../../../', import.meta.url).pathname
const LOAD = new URL('./load.ts', import.meta.url).href
const cores = availableParallelism()

type Sample = {
  readonly rps: number
  readonly primaryUs: number
  readonly workersUs: number
  readonly upstreamUs: number
  readonly loadUs: number
}
type Contender = {
  readonly name: string
  readonly processes: number
  readonly servers: readonly Server[]
  readonly samples: Sample[]
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** Processor time of one process in seconds, as `/proc` has it from a field on: 11 its own, 13 ended children's. */
const statSeconds = (pid: number | 'self', field: 11 | 13): number => {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const fields = rest.split(' ')
  return (Number(fields[field]) + Number(fields[field + 1])) / 100
}

const startGuard = (upstreamUrl: string, workers: number): Promise<Server> => {
  const everyCore = canPin ? ['taskset', '-c', `0-${cores - 1}`] : []
  const serve = [process.execPath, join(ROOT, 'src/stillwatch.js'), 'serve']
  const { file } = layOutGuard(upstreamUrl)
  const options = ['--config', file, '--workers', String(workers)]
  return startServer(LOAD_CORE, [...everyCore, ...serve, ...options])
}

/** Loads one server from a process of its own, so that several can be loaded at once. */
const loadOne = (url: string, share: number, lastsS: number): Promise<LoadResult> =>
  new Promise((resolve) => {
    const call = `load(${JSON.stringify(url)}, ${share}, ${lastsS})`
    const script = `const { load } = await import(${JSON.stringify(LOAD)}); console.log(JSON.stringify(${call}))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('close', () => resolve(JSON.parse(output) as LoadResult))
  })

const loadAll = async (servers: readonly Server[], lastsS: number): Promise<LoadResult> => {
  const share = Math.max(1, Math.floor(connections / servers.length))
  const all = await Promise.all(servers.map(({ url }) => loadOne(url, share, lastsS)))
  const sum = (of: keyof LoadResult): number => all.reduce((total, one) => total + one[of], 0)
  return {
    requests: sum('requests'),
    failed: sum('failed'),
    requestsPerSecond: sum('requestsPerSecond'),
  }
}

const upstream = await startCheapUpstream()

const measure = async ({ name, servers, samples }: Contender): Promise<void> => {
  const read = () => ({
    all: servers.reduce((total, { pid }) => total + cpuSeconds(pid), 0),
    first: servers.reduce((total, { pid }) => total + statSeconds(pid, 11), 0),
    upstream: statSeconds(upstream.pid, 11),
    load: statSeconds('self', 13),
  })
  const before = read()
  const { requests, requestsPerSecond: rps, failed } = await loadAll(servers, seconds)
  const after = read()
  if (failed > 0) process.stdout.write(`  ${name}: ${failed} of ${requests} failed\n`)
  const perCall = (cpuS: number): number => (cpuS * 1e6) / Math.max(1, requests)
  const first = perCall(after.first - before.first)
  const rest = perCall(after.all - before.all) - first
  samples.push({
    rps,
    primaryUs: rest > 1 ? first : 0,
    workersUs: rest > 1 ? rest : first,
    upstreamUs: perCall(after.upstream - before.upstream),
    loadUs: perCall(after.load - before.load),
  })
}

const contenders: Contender[] = []
const add = async (name: string, workers: number, servers: number): Promise<Contender> => {
  const started: Server[] = []
  const contender = { name, processes: workers * servers, servers: started, samples: [] }
  contenders.push(contender)
  for (let at = 0; at < servers; at++) started.push(await startGuard(upstream.url, workers))
  return contender
}

try {
  const one = await add('one process', 1, 1)
  const apart = await add(`${count} processes that share nothing`, 1, count)
  const pool = await add(`${count} workers`, count, 1)
  process.stdout.write(
    `${rounds} rounds of ${seconds} s, ${connections} connections, ${cores} cores; load (wrk) and upstream (${upstream.about}) on one of them\n`,
  )
  for (const { servers, processes } of contenders) {
    for (let calls = 0; calls < warmCalls * processes;) {
      calls += (await loadAll(servers, 3)).requests || Infinity
    }
  }
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      await measure(contender)
      const rps = contender.samples.at(-1)?.rps.toFixed(0)
      process.stderr.write(`round ${round}/${rounds} ${contender.name}: ${rps}/s\n`)
    }
  }
  const of = ({ samples }: Contender, figure: keyof Sample): number =>
    median(samples.map((sample) => sample[figure]))
  const guardUs = (run: Contender): number => of(run, 'primaryUs') + of(run, 'workersUs')
  const whole = (number: number): number => Math.round(number * 10) / 10
  const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
  for (const run of contenders) {
    print({
      contender: run.name,
      calls_per_second: Math.round(of(run, 'rps')),
      worker_cpu_us: whole(of(run, 'workersUs')),
      primary_cpu_us: whole(of(run, 'primaryUs')),
      upstream_cpu_us: whole(of(run, 'upstreamUs')),
      load_cpu_us: whole(of(run, 'loadUs')),
    })
  }
  const machineUs = (run: Contender): number =>
    guardUs(run) + of(run, 'upstreamUs') + of(run, 'loadUs')
  print({
    ratio: Number((of(pool, 'rps') / of(one, 'rps')).toFixed(2)),
    ratio_of_processes_that_share_nothing: Number((of(apart, 'rps') / of(one, 'rps')).toFixed(2)),
    ratio_to_those: Number((of(pool, 'rps') / of(apart, 'rps')).toFixed(2)),
    more_cpu_us_than_one_process: whole(guardUs(pool) - guardUs(one)),
    more_cpu_us_than_processes_that_share_nothing: whole(guardUs(pool) - guardUs(apart)),
    // All cores busy with nothing but this, at the pool's own costs.
    computed_bound_of_this_machine: Number(
      ((cores * 1e6) / machineUs(pool) / of(one, 'rps')).toFixed(2),
    ),
  })
  // A core for each worker and one for the primary, at the costs measured here. That every worker hears
  // what all others saw is in it for `count` workers only, so it is too high for many.
  for (const workers of [2, 3, 4, 8]) {
    const byWorkers = (workers * 1e6) / of(pool, 'workersUs')
    const byPrimary = 1e6 / of(pool, 'primaryUs')
    print({
      computed_for_workers: workers,
      calls_per_second: Math.round(Math.min(byWorkers, byPrimary)),
      over_one_process: Number((Math.min(byWorkers, byPrimary) / (1e6 / guardUs(one))).toFixed(2)),
      limited_by: byWorkers < byPrimary ? 'workers' : 'primary',
    })
  }
} finally {
  await Promise.all(contenders.flatMap(({ servers }) => servers.map((server) => server.stop())))
  await upstream.stop()
}
