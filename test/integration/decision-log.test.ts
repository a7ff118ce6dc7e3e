import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDecisionLog, type DecisionLog } from '../../src/sinks/decision-log.ts'
import { segmentLines } from '../../src/sinks/segment-lines.ts'
import { searchSegments } from '../../src/sinks/segment-search.ts'
import { listSegments } from '../../src/sinks/segments.ts'
import { createFakeClock } from '../support/clock.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { until } from '../support/wait.ts'

const WRITER = new URL('../fixtures/sink-writer.ts', import.meta.url).pathname

let root: string
let directory: string
let dropped: number
let troubles: unknown[]
const clock = createFakeClock()

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stillwatch-log-'))
  directory = join(root, 'decisions')
  dropped = 0
  troubles = []
})
afterEach(() => rm(root, { recursive: true, force: true }))

const open = (options: object = {}): DecisionLog =>
  createDecisionLog({
    directory,
    clock,
    flushMs: 5,
    retryMs: 10,
    onDrop: (count) => {
      dropped += count
    },
    onTrouble: (problem) => void troubles.push(problem),
    ...options,
  })

const linesOf = async (): Promise<string[]> => {
  const lines: string[] = []
  for (const { path } of await listSegments(directory)) {
    for await (const some of segmentLines(path)) lines.push(...some)
  }
  return lines
}

const line = (n: number): string => JSON.stringify({ n, text: 'é😀' })
const range = (count: number): string[] => Array.from({ length: count }, (_, n) => line(n))

describe('the decision log', () => {
  it('has every record on the disk soon, without being asked', async () => {
    const log = open()
    for (const text of range(500)) log.append(text)
    await until('all lines are there', async () => (await linesOf()).length === 500)
    expect(await linesOf()).toEqual(range(500))
    await log.close()
  })

  it('leaves what comes while it writes to the next time, so that a busy log writes seldom', async () => {
    const log = open({ flushMs: 60_000 })
    log.append(line(0))
    const written = log.flush()
    // The write begins a turn of the microtask queue later.
    await Promise.resolve()
    log.append(line(1))
    await written
    expect(await linesOf()).toEqual([line(0)])
    await log.close()
    expect(await linesOf()).toEqual(range(2))
  })

  it('makes no file where nothing is written', async () => {
    await open().close()
    expect(await listSegments(directory)).toEqual([])
  })

  it('starts a new segment by size and by age', async () => {
    const log = open({ segmentBytes: 100, segmentMs: 60_000 })
    for (let round = 0; round < 4; round++) {
      log.append('x'.repeat(60))
      await log.flush()
    }
    expect(await listSegments(directory)).toHaveLength(2)
    clock.advance(60_000)
    log.append('late')
    await log.close()
    expect(await listSegments(directory)).toHaveLength(3)
    expect((await linesOf()).at(-1)).toBe('late')
  })

  it('keeps the newest segments within the bound, and other files', async () => {
    const log = open({ segmentBytes: 1, retainBytes: 250 })
    await writeFile(join(root, 'unrelated'), 'x')
    for (let round = 0; round < 10; round++) {
      clock.advance(1)
      log.append(`${round}`.repeat(99))
      await log.flush()
    }
    await log.close()
    const kept = await listSegments(directory)
    // The bound is kept when a segment is opened, which is then still empty.
    expect(kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThanOrEqual(350)
    expect((await linesOf()).at(-1)).toBe('9'.repeat(99))
    expect(await readFile(join(root, 'unrelated'), 'utf8')).toBe('x')
  })

  it('never writes to a segment of an earlier run', async () => {
    for (const text of ['first', 'second']) {
      const log = open()
      log.append(text)
      await log.close()
    }
    expect(await listSegments(directory)).toHaveLength(2)
  })

  it('is read up to a torn last line', async () => {
    const log = open()
    for (const text of range(10)) log.append(text)
    await log.close()
    const [segment] = await listSegments(directory)
    await truncate(segment?.path ?? '', (segment?.sizeBytes ?? 0) - 5)
    expect(await linesOf()).toEqual(range(9))
  })

  it('goes on in a new file when somebody deletes the one it writes to', async () => {
    const log = open()
    log.append('lost')
    await log.flush()
    await rm(directory, { recursive: true })
    log.append('kept')
    await log.flush()
    expect(await linesOf()).toEqual(['kept'])
    await log.close()
  })

  it('waits, drops and counts while the folder takes nothing, and recovers by itself', async () => {
    await writeFile(directory, 'a file where the folder should be')
    const log = open({ bufferBytes: 4_000 })
    for (const text of range(1_000)) log.append(text)
    await until('trouble is reported', () => troubles.length === 1)
    expect(dropped).toBeGreaterThan(800)
    await rm(directory)
    await until('it works again', () => troubles.length === 2)
    expect(troubles[1]).toBeUndefined()
    log.append('after')
    await log.close()
    const lines = await linesOf()
    expect(lines).toEqual([...range(1_000 - dropped), 'after'])
  })

  it('counts what a full disk cost, and says when there is room again', async () => {
    const disk = tinyDisk(256)
    directory = join(disk.dir, 'decisions')
    disk.fill()
    const log = open({ bufferBytes: 4_000 })
    for (const text of range(1_000)) log.append(text)
    await until('trouble is reported', () => troubles.length === 1)
    expect(troubles[0]).toMatchObject({ code: disk.fullCode })
    expect(dropped).toBeGreaterThan(800)
    disk.empty()
    await until('it works again', () => troubles.length === 2)
    expect(troubles[1]).toBeUndefined()
    log.append('after')
    await log.close()
    expect(await linesOf()).toEqual([...range(1_000 - dropped), 'after'])
  })

  it('is readable by nobody else', async () => {
    const log = open()
    log.append('x')
    await log.close()
    const [segment] = await listSegments(directory)
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(segment?.path ?? '')).mode & 0o777).toBe(0o600)
  })

  it('gives up at the end what the disk does not take, counted, without failing', async () => {
    await writeFile(directory, 'a file')
    const log = open()
    for (const text of range(10)) log.append(text)
    await log.close()
    expect(dropped).toBe(10)
    log.append('too late')
    expect(dropped).toBe(11)
  })

  it('is not confused by a folder that is moved away under it', async () => {
    const log = open({ segmentBytes: 1 })
    log.append('one')
    await log.flush()
    await rename(directory, join(root, 'elsewhere'))
    log.append('two')
    await log.close()
    expect(await linesOf()).toEqual(['two'])
    expect(dropped).toBe(0)
  })
})

type Said = { n?: number; atMs?: number; trouble?: string; dropped?: number }

const child = (command: string, args: readonly string[]) => {
  const running = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const said: Said[] = []
  createInterface({ input: running.stdout }).on('line', (text) => {
    said.push(JSON.parse(text) as Said)
  })
  const ended = new Promise<number | null>((resolve) => running.on('exit', resolve))
  return { running, said, ended }
}

describe('the decision log of a process', () => {
  it('loses at most a second when the process is killed', async () => {
    const { running, said, ended } = child(process.execPath, [WRITER, root])
    const last = await until('it has written for a while', () =>
      said.find(({ n, atMs }) => n !== undefined && atMs !== undefined && n > 4_000),
    )
    running.kill('SIGKILL')
    await ended
    const times = (await linesOf()).map((text) => {
      const { time } = JSON.parse(text) as { time: string }
      return Date.parse(time)
    })
    expect(times.length).toBeGreaterThan(0)
    expect(Math.max(...times)).toBeGreaterThan((last.atMs ?? Infinity) - 1_000)
  })

  it('goes on in new segments when the disk cuts a write short, and loses and doubles nothing', async () => {
    // A limit on the size of files (in blocks of 1 KiB) fails in the middle of a write, like a full disk.
    const limited = `ulimit -f 64; exec "${process.execPath}" "${WRITER}" "${root}" 400`
    const { said, ended } = child('bash', ['-c', limited])
    expect(await ended).toBe(0)
    const end = said.find((message) => message.n !== undefined)
    expect(said.some(({ trouble }) => trouble?.includes('EFBIG') === true)).toBe(true)
    expect(end?.dropped).toBe(0)
    const ids = (await linesOf()).map(
      (text) => (JSON.parse(text) as Record<string, string>)['stillwatch.decision.id'],
    )
    expect(ids).toEqual(Array.from({ length: 400 }, (_, n) => `id-${String(n).padStart(9, '0')}`))
    for (const name of await readdir(directory)) {
      const text = await readFile(join(directory, name), 'utf8')
      expect(text.length).toBeLessThanOrEqual(64 * 1024)
      expect(text.endsWith('\n')).toBe(true)
    }
  })
})

const recordOf = (n: number): string =>
  JSON.stringify({
    v: 1,
    time: new Date(clock.now()).toISOString(),
    'stillwatch.decision.id': `id-${n}`,
    pad: 'p'.repeat(900),
  })

describe('looking for an id in the segments', () => {
  const caps = { bytes: 64 * 1024 * 1024, ms: 5_000 }

  it('finds it wherever it stands, in the segments of its time only', async () => {
    const log = open({ segmentBytes: 1_500_000 })
    const times: number[] = []
    for (let n = 0; n < 6_000; n++) {
      times.push(clock.now())
      log.append(recordOf(n))
      if (n % 100 === 0) {
        await log.flush()
        clock.advance(60_000)
      }
    }
    await log.close()
    expect((await listSegments(directory)).length).toBeGreaterThan(3)
    for (const n of [0, 1, 1_023, 1_024, 3_333, 5_999]) {
      const found = await searchSegments(directory, `id-${n}`, times[n] ?? 0, caps)
      expect(found, `id-${n}`).toContain(`"id-${n}"`)
    }
    expect(await searchSegments(directory, 'id-5999', times[0] ?? 0, caps)).toBeDefined()
    expect(await searchSegments(directory, 'id-0', clock.now() + 10_000, caps)).toBeUndefined()
    expect(await searchSegments(directory, 'id-77777', times[0] ?? 0, caps)).toBeUndefined()
    const little = { bytes: 1_000, ms: 5_000 }
    expect(await searchSegments(directory, 'id-5999', times[0] ?? 0, little)).toBeUndefined()
    expect(
      await searchSegments(directory, 'id-0', times[0] ?? 0, { ...caps, ms: -1 }),
    ).toBeUndefined()
  })

  it('finds nothing where there is no folder', async () => {
    expect(await searchSegments(directory, 'id-1', 0, caps)).toBeUndefined()
  })
})
