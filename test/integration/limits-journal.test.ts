import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Demand } from '../../src/core/decision.ts'
import { createEmbeddedLimiter, type EmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { HEADER_BYTES, RECORD_BYTES } from '../../src/limits/journal-format.ts'
import type { LimitsProblem } from '../../src/limits/limits-problem.ts'
import { aCost, aDemand } from '../support/a-demand.ts'
import { createFakeClock } from '../support/clock.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const clock = createFakeClock()
const tokens = (changes: Partial<Demand> = {}): Demand =>
  aDemand({ counted: 'tokens', quota: 1e9, windowMs: 86_400_000, ...changes })

const open = (dir: string, problems: LimitsProblem[] = []): EmbeddedLimiter =>
  createEmbeddedLimiter({
    clock,
    dir,
    maxKeys: 100_000,
    flushEveryMs: 5,
    onProblem: (problem) => problems.push(problem),
  })

const charge = (limiter: EmbeddedLimiter, demand: Demand, amount: number, atMs = clock.now()) =>
  limiter.admit([demand], aCost(amount), atMs)

const used = async (limiter: EmbeddedLimiter, demand: Demand): Promise<number> => {
  const [state] = await limiter.peek([demand], clock.now())
  return demand.quota - (state?.remaining ?? 0)
}

describe('counters over a restart', () => {
  it('go on where they were, in every kind of window, enforced and shadow', async () => {
    const dir = tempDir()
    const demands = (['first_use', 'utc', 'rolling'] as const).flatMap((align) =>
      [true, false].map((enforced) => tokens({ limit: align, align, enforced })),
    )
    const first = open(dir)
    for (const [at, demand] of demands.entries()) await charge(first, demand, at + 1)
    const before = await first.peek(demands, clock.now())
    await first.close()
    const second = open(dir)
    expect(await second.peek(demands, clock.now())).toEqual(before)
    await second.close()
  })

  it('remember the rolling window before', async () => {
    const dir = tempDir()
    const rolling = tokens({ align: 'rolling', windowMs: 10_000 })
    const startMs = Math.ceil(clock.now() / 10_000) * 10_000
    const first = open(dir)
    await charge(first, rolling, 100, startMs)
    await charge(first, rolling, 7, startMs + 12_500)
    await first.close()
    const second = open(dir)
    const [state] = await second.peek([rolling], startMs + 12_500)
    expect(rolling.quota - (state?.remaining ?? 0)).toBe(82)
    await second.close()
  })

  it('forget running calls, since none survived', async () => {
    const dir = tempDir()
    const running = aDemand({ counted: 'concurrent', quota: 1, windowMs: 0 })
    const first = open(dir)
    await charge(first, running, 0)
    await first.close()
    const second = open(dir)
    expect(await second.peek([running], clock.now())).toMatchObject([{ remaining: 1 }])
    await second.close()
  })

  it('leave out what expired meanwhile', async () => {
    const dir = tempDir()
    const local = createFakeClock()
    const first = createEmbeddedLimiter({ clock: local, dir })
    await charge(first, tokens({ windowMs: 60_000 }), 5, local.now())
    await charge(first, tokens({ limit: 'long' }), 5, local.now())
    await first.close()
    local.advance(60_000)
    const second = createEmbeddedLimiter({ clock: local, dir })
    expect(second.stats().keys).toBe(1)
    await second.close()
  })

  it('are in a file that only the owner can read and that names nobody', async () => {
    const dir = tempDir()
    const limiter = open(dir)
    await charge(limiter, tokens({ key: 'somebody@example.com' }), 5)
    await limiter.close()
    const path = join(dir, 'limits.journal')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'latin1')).not.toContain('somebody')
    expect(readdirSync(dir)).toEqual(['limits.journal'])
  })

  it('keep what was charged while the file was rewritten', async () => {
    const dir = tempDir()
    const limiter = open(dir)
    const keys = 30_000
    for (let at = 0; at < keys; at++) void charge(limiter, tokens({ key: `key-${at}` }), 1)
    const written = limiter.flush()
    let rounds = 0
    const more = (async () => {
      for (; rounds < 200; rounds++) {
        for (let at = 0; at < keys; at += 997) void charge(limiter, tokens({ key: `key-${at}` }), 1)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all([written, more])
    await limiter.close()
    const again = open(dir)
    expect(await used(again, tokens({ key: 'key-997' }))).toBe(201)
    expect(await used(again, tokens({ key: 'key-998' }))).toBe(1)
    expect(again.stats().keys).toBe(keys)
    await again.close()
  })

  it('do not let the file grow without end', async () => {
    const dir = tempDir()
    const limiter = open(dir)
    let highest = 0
    const keys = Array.from({ length: 4_000 }, (_, at) => tokens({ key: `key-${at}` }))
    // 160,000 records, 5.8 MB, were the file never rewritten.
    for (let round = 0; round < 40; round++) {
      for (const demand of keys) void charge(limiter, demand, 1)
      await limiter.flush()
      highest = Math.max(highest, statSync(join(dir, 'limits.journal')).size)
    }
    expect(highest).toBeLessThan(4.4 * 1024 * 1024)
    expect(statSync(join(dir, 'limits.journal')).size).toBeLessThan(2 * 1024 * 1024)
    await limiter.close()
    const again = open(dir)
    expect(await used(again, tokens({ key: 'key-3999' }))).toBe(40)
    await again.close()
  })

  it('are written anew when somebody removes the file or the whole folder', async () => {
    const dir = join(tempDir(), 'data')
    const problems: LimitsProblem[] = []
    const limiter = open(dir, problems)
    await charge(limiter, tokens(), 5)
    await limiter.flush()
    rmSync(join(dir, 'limits.journal'))
    await limiter.flush()
    expect(readdirSync(dir)).toEqual(['limits.journal'])
    rmSync(dir, { recursive: true })
    await limiter.close()
    const again = open(dir)
    expect(await used(again, tokens())).toBe(5)
    expect(problems).toEqual([])
    await again.close()
  })
})

/** Three counters, some written several times, in a journal of a few records; and their values. */
const aJournal = async (): Promise<{
  readonly bytes: Buffer
  readonly demands: readonly Demand[]
}> => {
  const dir = tempDir()
  const limiter = open(dir)
  const demands = Array.from({ length: 3 }, (_, at) => tokens({ key: `key-${at}` }))
  for (let round = 0; round < 3; round++) {
    for (const demand of demands.slice(round)) await charge(limiter, demand, 10)
    await limiter.flush()
  }
  await limiter.close()
  return { bytes: readFileSync(join(dir, 'limits.journal')), demands }
}

const FULL = [10, 20, 30]

describe('a damaged journal', () => {
  it('loses no more than its tail, cut at any byte', async () => {
    const { bytes, demands } = await aJournal()
    const dir = tempDir({ inMemory: true })
    const path = join(dir, 'limits.journal')
    let before = [0, 0, 0]
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length))
      const problems: LimitsProblem[] = []
      const limiter = open(dir, problems)
      const values = await Promise.all(demands.map((demand) => used(limiter, demand)))
      await limiter.close()
      // Every further byte can only bring a counter nearer to its last value.
      expect(values.every((value, at) => value >= (before[at] ?? 0))).toBe(true)
      before = values
      if (length < RECORD_BYTES) expect(problems).toMatchObject([{ kind: 'journal_unreadable' }])
      else if (length < HEADER_BYTES) expect(problems).toEqual([])
      else {
        const torn = (length - HEADER_BYTES) % RECORD_BYTES
        const damage = { kind: 'journal_damaged', corruptRecords: 0, tornBytes: torn }
        expect(problems).toMatchObject(torn === 0 ? [] : [damage])
      }
    }
    expect(before).toEqual(FULL)
  })

  it('loses no more than one record for any one damaged byte', async () => {
    const { bytes, demands } = await aJournal()
    const dir = tempDir({ inMemory: true })
    for (let at = 0; at < bytes.length; at++) {
      const broken = Buffer.from(bytes)
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(join(dir, 'limits.journal'), broken)
      const problems: LimitsProblem[] = []
      const limiter = open(dir, problems)
      const values = await Promise.all(demands.map((demand) => used(limiter, demand)))
      await limiter.close()
      const lost = values.filter((value, key) => value !== FULL[key])
      expect(lost.length).toBeLessThanOrEqual(1)
      expect(values.every((value, key) => [0, 10, 20, FULL[key]].includes(value))).toBe(true)
      expect(problems).toMatchObject(
        at < HEADER_BYTES ? [] : [{ kind: 'journal_damaged', corruptRecords: 1, tornBytes: 0 }],
      )
    }
  })

  it('is put aside where nothing of it can be read, and limits go on', async () => {
    const dir = tempDir()
    const path = join(dir, 'limits.journal')
    writeFileSync(path, Buffer.alloc(10_000, 'garbage'))
    const problems: LimitsProblem[] = []
    const limiter = open(dir, problems)
    await charge(limiter, tokens(), 5)
    await limiter.close()
    expect(problems).toMatchObject([{ kind: 'journal_unreadable' }])
    expect(readFileSync(`${path}.unreadable`, 'latin1')).toContain('garbage')
    const again = open(dir)
    expect(await used(again, tokens())).toBe(5)
    await again.close()
  })

  it('is healed by the next start', async () => {
    const { bytes, demands } = await aJournal()
    const dir = tempDir()
    writeFileSync(join(dir, 'limits.journal'), bytes.subarray(0, bytes.length - 1))
    await open(dir).close()
    const problems: LimitsProblem[] = []
    const limiter = open(dir, problems)
    expect(problems).toEqual([])
    expect(await used(limiter, demands[0] ?? tokens())).toBe(10)
    await limiter.close()
  })

  it('leaves a half-written replacement of an earlier crash alone', async () => {
    const { bytes, demands } = await aJournal()
    const dir = tempDir()
    writeFileSync(join(dir, 'limits.journal'), bytes)
    writeFileSync(join(dir, 'limits.journal.tmp'), bytes.subarray(0, 100))
    const limiter = open(dir)
    expect(await used(limiter, demands[2] ?? tokens())).toBe(30)
    await limiter.close()
    expect(readdirSync(dir)).toEqual(['limits.journal'])
  })
})

describe('a folder that cannot be written to', () => {
  it('is reported once, limits go on in memory, and it is used as soon as it can be', async () => {
    const dir = join(tempDir(), 'data')
    mkdirSync(dir)
    const problems: LimitsProblem[] = []
    const limiter = open(dir, problems)
    await charge(limiter, tokens(), 5)
    await limiter.flush()
    renameSync(dir, `${dir}-away`)
    writeFileSync(dir, 'a file where the folder was')
    for (let call = 0; call < 20; call++) {
      await charge(limiter, tokens(), 5)
      await limiter.flush()
    }
    expect(problems).toMatchObject([{ kind: 'journal_failing' }])
    expect(limiter.stats().journal?.failures).toBeGreaterThan(10)
    expect(await used(limiter, tokens())).toBe(105)
    rmSync(dir)
    await until('the journal recovers by itself', () => problems.length === 2)
    expect(problems[1]).toMatchObject({ kind: 'journal_recovered' })
    await limiter.close()
    const again = open(dir)
    expect(await used(again, tokens())).toBe(105)
    await again.close()
  })
})
