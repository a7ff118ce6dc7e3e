// Admissions a second with six limits on one core, against six memory limiters of rate-limiter-flexible in
// the same run; and the longest stall while a million keys come and while they expire, journal included.
// Budget: 500,000 admissions a second, no stall over 10 ms. Run with node; prints one JSON line a case, with
// the budget beside each figure that has one. On a busy machine `best` and `stall_cpu_ms` say more than the rest.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Demand } from '../../src/core/decision.ts'
import { createEmbeddedLimiter, type EmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { aDemand, admitted } from '../support/a-demand.ts'
import { createFakeClock } from '../support/clock.ts'

const ROUNDS = 9
const CALLS = 100_000
const ACCOUNTS = 20_000
const KEYS = 1_000_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const accounts = Array.from({ length: ACCOUNTS }, (_, at) => `acct_${at * 7919}`)
const networks = Array.from({ length: 2_000 }, (_, at) => `198.18.${at % 256}.${at >> 8}/24`)
const instruments = Array.from({ length: 5_000 }, (_, at) => `instrument_${at * 31}`)
const pick = (from: readonly string[], at: number): string => from[(at * 31) % from.length] ?? ''

const QUOTA = 1e12
const BUDGET_PER_S = 500_000
const BUDGET_STALL_MS = 10
/** As the policy makes them for a call: per account, network and instrument; one in shadow mode. */
const demandsOf = (at: number): readonly Demand[] => {
  const key = pick(accounts, at)
  return [
    aDemand({ limit: 'calls', key, quota: QUOTA }),
    aDemand({ limit: 'day', key, quota: QUOTA, counted: 'tokens', windowMs: DAY_MS, align: 'utc' }),
    aDemand({
      limit: 'hour',
      key,
      quota: QUOTA,
      counted: 'output_tokens',
      windowMs: HOUR_MS,
      align: 'rolling',
    }),
    aDemand({ limit: 'network', key: pick(networks, at), quota: QUOTA }),
    aDemand({
      limit: 'instrument',
      key: pick(instruments, at),
      quota: QUOTA,
      counted: 'tokens',
      windowMs: DAY_MS,
      enforced: false,
    }),
    aDemand({ limit: 'running', key, quota: QUOTA, counted: 'concurrent', windowMs: 0 }),
  ]
}
const COST = { inputTokens: 800, outputTokens: 500, nanoUsd: 0 }
const ACTUAL = { inputTokens: 812, outputTokens: 350, nanoUsd: 0 }

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const print = (line: object): void => console.log(JSON.stringify(line))

const BATCH = 1_000

/** Microseconds of processor time a call, batch after batch; what `prepare` takes is left out. */
const costOf = async <T>(
  prepare: (from: number) => T,
  run: (prepared: T) => void | Promise<void>,
): Promise<number> => {
  let us = 0
  for (let from = 0; from < CALLS; from += BATCH) {
    const prepared = prepare(from)
    const cpu = process.cpuUsage()
    await run(prepared)
    const { user, system } = process.cpuUsage(cpu)
    us += user + system
  }
  return us / CALLS
}

const calls = (from: number) => Array.from({ length: BATCH }, (_, at) => demandsOf(from + at))

const throughput = async (): Promise<void> => {
  const clock = createFakeClock()
  const limiter = createEmbeddedLimiter({ clock })
  const open = createEmbeddedLimiter({ clock })
  const durations = [60, 86_400, 3_600, 60, 86_400, 60]
  const theirs = durations.map(
    (duration, at) => new RateLimiterMemory({ points: QUOTA, duration, keyPrefix: `limit-${at}` }),
  )
  const cases = {
    admit: () =>
      costOf(calls, (batch) => {
        for (const demands of batch) void open.admit(demands, COST, clock.now())
        clock.advance(10)
      }),
    admit_and_settle: () =>
      costOf(calls, (batch) => {
        for (const demands of batch) {
          const admission = limiter.admit(demands, COST, clock.now())
          if (admission instanceof Promise) throw new Error('not synchronous')
          limiter.settle(admitted(admission).lease, ACTUAL, clock.now())
        }
        clock.advance(10)
      }),
    six_memory_limiters: () =>
      costOf(
        (from) => Array.from({ length: BATCH }, (_, at) => pick(accounts, from + at)),
        async (keys) => {
          // Fifty calls at a time; each awaits its six limiters together.
          for (let from = 0; from < BATCH; from += 50) {
            const some = keys.slice(from, from + 50)
            await Promise.all(
              some.map((key) => Promise.all(theirs.map((each) => each.consume(key, 1)))),
            )
          }
        },
      ),
  }
  const results = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(cases)) results.get(name)?.push(await run())
  }
  const theirUs = median(results.get('six_memory_limiters') ?? [])
  for (const [name, us] of results) {
    print({
      case: name,
      calls_per_cpu_s: Math.round(1e6 / median(us)),
      best_calls_per_cpu_s: Math.round(1e6 / Math.min(...us)),
      ...(name === 'admit' && { budget_calls_per_cpu_s: BUDGET_PER_S }),
      us_per_call: Number(median(us).toFixed(2)),
      times_memory_limiters: Number((theirUs / median(us)).toFixed(2)),
    })
  }
  print({ case: 'keys', ...limiter.stats() })
  await limiter.close()
  await open.close()
}

/** Runs `turns` turns of the event loop and answers the longest, by the wall and by this thread. */
const longestTurn = async (turns: number, turn: (at: number) => void) => {
  let wallMs = 0
  let cpuMs = 0
  let lastMs = performance.now()
  let last = process.threadCpuUsage()
  for (let at = 0; at < turns; at++) {
    turn(at)
    await new Promise((resolve) => setImmediate(resolve))
    const nowMs = performance.now()
    const now = process.threadCpuUsage()
    wallMs = Math.max(wallMs, nowMs - lastMs)
    cpuMs = Math.max(cpuMs, (now.user + now.system - last.user - last.system) / 1000)
    lastMs = nowMs
    last = now
  }
  return {
    stall_wall_ms: Number(wallMs.toFixed(2)),
    stall_cpu_ms: Number(cpuMs.toFixed(2)),
  }
}

const PER_TURN = 100

const stalls = async (): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-bench-'))
  const clock = createFakeClock()
  const limiter: EmbeddedLimiter = createEmbeddedLimiter({ clock, dir })
  const admit = (name: string) => (turn: number) => {
    for (let at = 0; at < PER_TURN; at++) {
      const key = `${name}-${turn * PER_TURN + at}`
      void limiter.admit([aDemand({ key, quota: QUOTA, windowMs: HOUR_MS })], COST, clock.now())
    }
  }
  const turns = KEYS / PER_TURN
  print({
    case: 'filling a million keys',
    budget_stall_ms: BUDGET_STALL_MS,
    ...(await longestTurn(turns, admit('first'))),
  })
  await limiter.flush()
  clock.advance(HOUR_MS)
  print({
    case: 'a million keys expire as others come',
    budget_stall_ms: BUDGET_STALL_MS,
    ...(await longestTurn(turns, admit('second'))),
  })
  const startMs = performance.now()
  await limiter.close()
  print({ case: 'close', ms: Math.round(performance.now() - startMs) })

  const loadMs = performance.now()
  const again = createEmbeddedLimiter({ clock, dir })
  print({
    case: 'load at the start',
    ms: Math.round(performance.now() - loadMs),
    keys: again.stats().keys,
  })
  await again.close()
  rmSync(dir, { recursive: true })

  const memory = new RateLimiterMemory({ points: QUOTA, duration: 30 })
  print({
    case: 'memory limiter: filling a million keys',
    ...(await longestTurn(turns, (turn) => {
      for (let at = 0; at < PER_TURN; at++) void memory.consume(`first-${turn * PER_TURN + at}`)
    })),
  })
  const deadlineMs = performance.now() + 40_000
  let wall = 0
  let last = performance.now()
  while (performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    wall = Math.max(wall, performance.now() - last)
    last = performance.now()
  }
  print({ case: 'memory limiter: a million keys expire', wall_ms: Number(wall.toFixed(2)) })
}

await throughput()
await stalls()
process.exit(0)
