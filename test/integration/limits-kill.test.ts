import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import type { LimitsProblem } from '../../src/limits/limits-problem.ts'
import { aDemand } from '../support/a-demand.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const CHILD = new URL('../support/limits-child.ts', import.meta.url).pathname
const DAY_MS = 86_400_000
const clock = { now: () => Date.now() }

type Progress = { readonly atMs: number; readonly charged: number }

/** Runs the child until it has charged for `ms`, kills it, and answers all it had printed. */
const killAfter = async (dir: string, keys: number, ms: number): Promise<readonly Progress[]> => {
  const child = spawn(process.execPath, [CHILD, dir, String(keys)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const progress = (): Progress[] =>
    printed
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [atMs = 0, charged = 0] = line.split(' ').map(Number)
        return { atMs, charged }
      })
  await until(
    `the child charges for ${ms} ms`,
    () => {
      const lines = progress()
      return (lines.at(-1)?.atMs ?? 0) - (lines[0]?.atMs ?? 0) >= ms
    },
    25_000,
  )
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
  return progress()
}

/** What all keys have used, as the next process finds it. */
const restored = async (dir: string, keys: number): Promise<number> => {
  const problems: LimitsProblem[] = []
  const limiter = createEmbeddedLimiter({ clock, dir, onProblem: (each) => problems.push(each) })
  const demands = Array.from({ length: keys }, (_, at) =>
    aDemand({ key: `key-${at}`, quota: 1e9, windowMs: 30 * DAY_MS }),
  )
  const states = await limiter.peek(demands, clock.now())
  await limiter.close()
  // A torn tail is what a kill may leave; anything else would be a mistake of ours.
  expect(
    problems.filter((each) => each.kind !== 'journal_damaged' || each.corruptRecords > 0),
  ).toEqual([])
  return states.reduce((sum, state) => sum + 1e9 - state.remaining, 0)
}

it.each([
  { keys: 1, ms: 1_500 },
  { keys: 20_000, ms: 1_900 },
])('loses at most a second of $keys counters to kill -9, twice in a row', async ({ keys, ms }) => {
  const dir = tempDir()
  let before = 0
  for (let round = 0; round < 2; round++) {
    const progress = await killAfter(dir, keys, ms + round * 333)
    const last = progress.at(-1) ?? { atMs: 0, charged: 0 }
    const safe = progress.filter(({ atMs }) => atMs <= last.atMs - 1_000).at(-1)?.charged ?? 0
    const after = await restored(dir, keys)
    expect(safe).toBeGreaterThan(0)
    expect(after - before).toBeGreaterThanOrEqual(safe)
    // What was charged after the last line it managed to print: one batch.
    expect(after - before).toBeLessThanOrEqual(last.charged + 50)
    before = after
  }
})
