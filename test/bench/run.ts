/**
 * Every benchmark, one after another, each in a process of its own: `npm run bench`, or
 * `npm run bench -- decide limiter` for some. None is a test: they print figures and ratios, and the
 * budgets they are held against stand beside them.
 */
import { spawnSync } from 'node:child_process'

const BENCHMARKS: { readonly [name: string]: { readonly script: string; readonly says: string } } =
  {
    throughput: {
      script: 'proxy/throughput.ts',
      says: 'calls a second beside other proxies; budget 0.75 of bare',
    },
    'first-byte': {
      script: 'proxy/first-byte.ts',
      says: 'first byte added to a stream at half load; budget 0.3 / 3 ms',
    },
    workers: { script: 'proxy/workers.ts', says: 'two workers beside one process' },
    decide: { script: 'decide.ts', says: 'policy decision; budget 10 µs for 100 rules' },
    backtest: { script: 'backtest.ts', says: '10,000 recorded calls judged by two policies' },
    limiter: { script: 'limiter.ts', says: 'admissions a second with six limits; budget 500,000' },
    'redis-admissions': {
      script: 'redis-admissions.ts',
      says: 'six limits over Redis: one script against six limiters; budget 25,000 a second',
    },
    'frozen-redis': {
      script: 'frozen-redis.ts',
      says: 'what calls wait when Redis freezes; budget 60 ms, then 1 ms',
    },
    'limit-headers': { script: 'limit-headers.ts', says: 'what is left, told in headers' },
    'limit-keys': {
      script: 'limit-keys.ts',
      says: 'memory of a million limit keys; budget 150 MB',
    },
    'read-call': { script: 'read-call.ts', says: 'reading a call' },
    traits: { script: 'traits.ts', says: 'traits of a prompt; budget 0.1 ms at 13 kB' },
    'strict-json': { script: 'strict-json.ts', says: 'strict JSON against JSON.parse' },
    signals: { script: 'signals.ts', says: 'gathering facts' },
    velocity: { script: 'velocity.ts', says: 'velocity of a million accounts' },
    challenges: {
      script: 'challenges.ts',
      says: 'issuing, answering, solving; budget 5,000 issued and 5,000 verified a second',
    },
    'clearance-races': {
      script: 'clearance-races.ts',
      says: 'one clearance of each of 10,000 races; own file and Redis',
    },
    'challenges-junk': {
      script: 'challenges-junk.ts',
      says: 'p99 of calls at half load beside 10,000 junk answers a second; goal 1.1 of without',
    },
    accounts: { script: 'accounts.ts', says: '100,000 accounts; budget 2 s' },
    usage: { script: 'usage.ts', says: 'reading usage from answers' },
    pressure: {
      script: 'pressure-picture.ts',
      says: 'a run under pressure, drawn as pressure.svg',
    },
    forward: { script: 'forward.ts', says: 'forwarding alone' },
    sinks: { script: 'sinks.ts', says: 'recording' },
    replay: {
      script: 'replay.ts',
      says: 'recorded calls a second through the whole guard; budget 50,000 at 300 B',
    },
  }

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => BENCHMARKS[name] === undefined)
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}
let failed = 0
for (const [name, { script, says }] of Object.entries(BENCHMARKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n== ${name}: ${says}`)
  const path = new URL(script, import.meta.url).pathname
  const { status } = spawnSync(process.execPath, ['--expose-gc', path], { stdio: 'inherit' })
  if (status !== 0) failed++
}
process.exitCode = failed === 0 ? 0 : 1
