// Memory of a million keys: bytes a key that the process grew by, for the counters alone and with their
// journal, and for the memory limiter of rate-limiter-flexible. Each store runs in a process of its own.
// Budget: 150 bytes a key. Run with node; prints one JSON line a store.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { aCost, aDemand } from '../support/a-demand.ts'
import { createFakeClock } from '../support/clock.ts'

const KEYS = 1_000_000
const DAY_MS = 86_400_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const keyOf = (at: number): string => `2001:db8:${(at >>> 16).toString(16)}:${at & 0xffff}::/64`
const clock = createFakeClock()
const cost = aCost(800, 500)

/**
 * Charges so many calls in slices, so that the journal keeps up and the garbage of a slice is freed.
 * The same number of calls of one key goes before, so that the heap that calls take is not counted.
 */
const run = async (charge: (at: number) => unknown, keyAt: (call: number) => number) => {
  for (let from = 0; from < KEYS; from += 10_000) {
    for (let call = from; call < from + 10_000; call++) void charge(keyAt(call))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const measure = async (charge: (at: number) => unknown, settled: () => Promise<void>) => {
  await run(charge, () => 0)
  await settled()
  const before = memory()
  await run(charge, (call) => call)
  await settled()
  report(before)
}

const embedded = async (dir: string | undefined): Promise<() => unknown> => {
  const limiter = createEmbeddedLimiter({ clock, ...(dir === undefined ? {} : { dir }) })
  const charge = (at: number) =>
    limiter.admit(
      [aDemand({ key: keyOf(at), windowMs: 30 * DAY_MS, quota: 1e9 })],
      cost,
      clock.now(),
    )
  await measure(charge, () => limiter.flush())
  return () => limiter.stats()
}

const stores = {
  counters: () => embedded(undefined),
  counters_with_journal: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'stillwatch-bench-'))
    try {
      return await embedded(dir)
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
  memory_limiter: async () => {
    const limiter = new RateLimiterMemory({ points: 1e9, duration: 3_600 })
    await measure(
      (at) => limiter.consume(keyOf(at)),
      () => Promise.resolve(),
    )
    return () => limiter.dump().storage.length
  },
}

/** `slack` is heap that the collector has freed and not yet given back. */
type Memory = { readonly rss: number; readonly slack: number }

function memory(): Memory {
  collectGarbage()
  collectGarbage()
  const { rss, heapTotal, heapUsed } = process.memoryUsage()
  return { rss, slack: heapTotal - heapUsed }
}

function report(before: Memory): void {
  const after = memory()
  const perKey = (bytes: number) => Math.round((bytes / KEYS) * 10) / 10
  console.log(
    JSON.stringify({
      store: chosen,
      keys: KEYS,
      rss_bytes_per_key: perKey(after.rss - before.rss),
      held_bytes_per_key: perKey(after.rss - after.slack - before.rss + before.slack),
      rss_mb: Math.round(after.rss / 1e6),
    }),
  )
}

const [chosen] = process.argv.slice(2)
if (chosen === undefined) {
  for (const store of Object.keys(stores)) {
    const printed = execFileSync(process.execPath, [import.meta.filename, store])
    process.stdout.write(printed)
  }
} else {
  const store = Object.entries(stores).find(([name]) => name === chosen)
  if (store === undefined) throw new Error(`no store ${chosen}`)
  const keepAlive = await store[1]()
  keepAlive()
  process.exit(0)
}
