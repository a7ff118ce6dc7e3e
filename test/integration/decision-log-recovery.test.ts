import { spawn } from 'node:child_process'
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import type { Sink } from '../../src/core/seams.ts'
import type { DecisionIndex } from '../../src/sinks/decision-index.ts'
import { createDecisionLog, type DecisionLog } from '../../src/sinks/decision-log.ts'
import { createDecisionSink } from '../../src/sinks/decision-sink.ts'
import { createIndexSelection } from '../../src/sinks/index-selection.ts'
import { segmentLines } from '../../src/sinks/segment-lines.ts'
import { listSegments } from '../../src/sinks/segments.ts'
import { aRuling } from '../support/an-event.ts'
import {
  askIndex,
  deniedEvent,
  findIn,
  FIRST_AT_MS,
  recordOf,
  useIndexFolder,
} from '../support/index-folder.ts'
import { until } from '../support/wait.ts'

const WRITER = new URL('../fixtures/sink-writer.ts', import.meta.url).pathname
const CRASHER = new URL('../fixtures/crashing-worker.ts', import.meta.url)
const HANGER = new URL('../fixtures/hanging-worker.ts', import.meta.url)

const folder = useIndexFolder()
const served = (n: number): CallEvent => deniedEvent(n, { ruling: aRuling() })
const openBoth = (index: DecisionIndex): { log: DecisionLog; sink: Sink } => {
  const log = createDecisionLog({
    directory: folder.segments,
    clock: { now: () => FIRST_AT_MS },
    flushMs: 5,
    onDrop: () => undefined,
  })
  const selection = createIndexSelection({ perSecond: 2 })
  return { log, sink: createDecisionSink({ record: recordOf, log, index, selection }) }
}

describe('the index and the log together', () => {
  it('find also calls that were not sampled, in their segment', async () => {
    const index = folder.open()
    const { log, sink } = openBoth(index)
    for (let n = 0; n < 50; n++) sink.accept(served(n))
    await log.flush()
    expect((await askIndex(index)).records).toHaveLength(2)
    expect(await findIn(index, 'id-42')).toBe(recordOf(served(42)))
    expect(await findIn(index, 'id-77')).toBeUndefined()
    expect(await findIn(index, 'no-id-of-ours')).toBeUndefined()
    await sink.close()
    folder.reports = []
  })

  it('rebuild an index that is gone from the newest segments', async () => {
    const first = folder.open()
    const { sink } = openBoth(first)
    for (let n = 0; n < 300; n++)
      sink.accept(deniedEvent(n, n % 3 === 0 ? {} : { ruling: aRuling() }))
    await sink.close()
    folder.reports = []
    for (const name of await readdir(folder.root)) {
      if (name.startsWith('decisions.sqlite')) await rm(join(folder.root, name))
    }
    const second = folder.open({ perSecond: 5 })
    const report = await until('it is rebuilt', () =>
      folder.reports.find(({ what }) => what === 'rebuilt'),
    )
    expect(report).toMatchObject({ rows: 105, segments: 1 })
    expect((await askIndex(second, { verdict: 'deny', limit: 500 })).records).toHaveLength(100)
  })

  it('move a damaged index aside, say so, and rebuild it', async () => {
    const first = folder.open()
    const { sink } = openBoth(first)
    for (let n = 0; n < 100; n++) sink.accept(deniedEvent(n))
    await sink.close()
    folder.reports = []
    await writeFile(folder.path, 'this is not a database '.repeat(1_000))
    const second = folder.open()
    await until('it is rebuilt', () => folder.reports.find(({ what }) => what === 'rebuilt'))
    expect(folder.reports.map(({ what }) => what)).toEqual(['moved_aside', 'rebuilt'])
    expect((await askIndex(second, { limit: 500 })).records).toHaveLength(100)
    expect((await readdir(folder.root)).filter((name) => name.includes('.damaged-'))).toHaveLength(
      1,
    )
  })

  it('notice damage inside the file, whatever pages it hit', async () => {
    const first = folder.open()
    const { sink } = openBoth(first)
    for (let n = 0; n < 500; n++) sink.accept(deniedEvent(n))
    await sink.close()
    folder.reports = []
    const handle = await open(folder.path, 'r+')
    const { size } = await stat(folder.path)
    for (let at = 8_192; at < size - 4_096; at += 12_288)
      await handle.write('DAMAGE'.repeat(200), at)
    await handle.close()
    const second = folder.open()
    await until('it is rebuilt', () => folder.reports.find(({ what }) => what === 'rebuilt'))
    expect((await askIndex(second, { limit: 1_000 })).records).toHaveLength(500)
  })

  it('replace an index of a version they do not know', async () => {
    await folder.open().close()
    const handle = await open(folder.path, 'r+')
    // Bytes 60 to 63 of an SQLite file are its user_version.
    await handle.write(Buffer.from([0, 0, 0, 99]), 0, 4, 60)
    await handle.close()
    const second = folder.open()
    expect((await askIndex(second)).records).toEqual([])
    expect(folder.reports).toMatchObject([{ what: 'moved_aside', because: 'version 99' }])
  })

  it.each([300, 1_500, 4_000])(
    'survive that the process is killed after %i records',
    async (records) => {
      const stdio = ['ignore', 'pipe', 'inherit'] as const
      const writer = spawn(process.execPath, [WRITER, folder.root], { stdio: [...stdio] })
      let n = 0
      writer.stdout?.on('data', (text: Buffer) => {
        n = Number(/"n":(\d+)/.exec(text.toString())?.[1] ?? n)
      })
      const ended = new Promise((resolve) => writer.on('exit', resolve))
      await until('it has written for a while', () => n > records)
      writer.kill('SIGKILL')
      await ended
      const written = new Set<string>()
      for (const { path } of await listSegments(folder.segments)) {
        for await (const lines of segmentLines(path)) for (const line of lines) written.add(line)
      }
      const index = folder.open()
      await until('all that was logged is indexed', async () => {
        const page = await askIndex(index, { rule: 'r-1', limit: 100_000 })
        const indexed = new Set(page.records)
        return [...written].every((line) => indexed.has(line))
      })
      expect(folder.reports.filter(({ what }) => what === 'moved_aside')).toEqual([])
    },
  )
})

describe('an index that cannot work', () => {
  it('brings in later what it had no room for, from the segments', async () => {
    const limited = `ulimit -f 64; exec "${process.execPath}" "${WRITER}" "${folder.root}" 400`
    const writer = spawn('bash', ['-c', limited], { stdio: ['ignore', 'ignore', 'inherit'] })
    expect(await new Promise((resolve) => writer.on('exit', resolve))).toBe(0)
    const index = folder.open()
    await until('all is there', async () => {
      const { records } = await askIndex(index, { rule: 'r-1', limit: 1_000 })
      return records.length === 400
    })
  })

  it('is reported once, answers that it is unavailable, and comes back by itself', async () => {
    await mkdir(folder.path)
    const index = folder.open()
    index.add(recordOf(deniedEvent(0)))
    await until('the loss is counted', () => folder.dropped === 1)
    expect(await index.query({ limit: 1 })).toEqual({ ok: false, why: 'unavailable' })
    expect(folder.reports.map(({ what }) => what)).toEqual(['unusable'])
    await rm(folder.path, { recursive: true })
    await until('it takes records again', async () => {
      index.add(recordOf(deniedEvent(1)))
      const answer = await index.query({ limit: 1 })
      return answer.ok && answer.value.records.length === 1
    })
    expect(folder.reports.map(({ what }) => what)).toContain('usable')
  })

  it('is started again when its thread dies, with what it held counted as dropped', async () => {
    const index = folder.open({ entry: CRASHER })
    index.add('anything')
    const answer = await index.query({ limit: 1 })
    expect(answer).toEqual({ ok: false, why: 'unavailable' })
    expect(folder.dropped).toBe(1)
    expect(folder.reports).toMatchObject([{ what: 'restarted' }])
    expect(await index.find('id-1')).toEqual({ ok: false, why: 'unavailable' })
  })

  it('does not hold up whoever asks when its thread hangs', async () => {
    const index = folder.open({
      entry: HANGER,
      answerMs: 50,
    })
    expect(await index.query({ limit: 1 })).toEqual({ ok: false, why: 'slow' })
  })

  it('answers nothing after it is closed', async () => {
    const index = folder.open()
    await index.close()
    expect(await index.query({ limit: 1 })).toEqual({ ok: false, why: 'unavailable' })
    index.add('late')
    expect(folder.dropped).toBe(1)
  })
})
