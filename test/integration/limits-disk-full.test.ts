import { expect, it } from 'vitest'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import type { LimitsProblem } from '../../src/limits/limits-problem.ts'
import { aCost, aDemand, admitted } from '../support/a-demand.ts'
import { createFakeClock } from '../support/clock.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { until } from '../support/wait.ts'

const clock = createFakeClock()
const demands = Array.from({ length: 2_000 }, (_, at) =>
  aDemand({ key: `key-${at}`, quota: 1_000, windowMs: 86_400_000 }),
)

const setup = (dir: string) => {
  const problems: LimitsProblem[] = []
  const limiter = createEmbeddedLimiter({
    clock,
    dir,
    flushEveryMs: 5,
    onProblem: (problem) => problems.push(problem),
  })
  const chargeAll = async () => {
    for (const demand of demands) admitted(await limiter.admit([demand], aCost(), clock.now()))
  }
  const remaining = async () =>
    (await limiter.peek(demands, clock.now())).map((state) => state.remaining)
  return { limiter, problems, chargeAll, remaining }
}

it('goes on in memory while the disk is full, says so once, and writes all of it down later', async () => {
  // 2,000 counters take 72 kB: one copy fits, the records of the next rounds do not.
  const disk = tinyDisk(256)
  const { limiter, problems, chargeAll, remaining } = setup(disk.dir)
  await chargeAll()
  await limiter.flush()
  expect(problems).toEqual([])

  disk.fill()
  for (let round = 0; round < 5; round++) {
    await chargeAll()
    await limiter.flush()
  }
  expect(problems).toEqual([{ kind: 'journal_failing', code: disk.fullCode }])
  expect(new Set(await remaining())).toEqual(new Set([994]))

  disk.empty()
  await until('the journal recovers by itself', () => problems.length > 1)
  expect(problems).toMatchObject([{}, { kind: 'journal_recovered' }])
  expect(limiter.stats().journal).toMatchObject({ failures: 0 })
  await limiter.close()

  const again = setup(disk.dir)
  expect(again.problems).toEqual([])
  expect(new Set(await again.remaining())).toEqual(new Set([994]))
  await again.limiter.close()
})

it('starts on a full disk, and keeps what an earlier process wrote until it can write', async () => {
  const disk = tinyDisk(192)
  const first = setup(disk.dir)
  await first.chargeAll()
  await first.limiter.close()
  // The copy that a start writes does not fit beside what the first process left.
  const second = setup(disk.dir)
  expect(new Set(await second.remaining())).toEqual(new Set([999]))
  await second.chargeAll()
  await second.limiter.close()
  const third = setup(disk.dir)
  const left = new Set(await third.remaining())
  expect([...left].every((remaining) => remaining === 999 || remaining === 998)).toBe(true)
  expect(third.problems.filter((problem) => problem.kind === 'journal_damaged')).toEqual([])
  await third.limiter.close()
})
