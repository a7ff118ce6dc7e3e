import { appendFile, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/core/time.ts'
import { createSightingJournal, olderOf } from '../../src/signals/sighting-journal.ts'
import { replaySightings, type ReplayedSightings } from '../../src/signals/sighting-replay.ts'
import { aLearningReplica, type LearningReplica } from '../support/learning-replica.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const REQUESTS = 'velocity.requests_1d'
let file: string

beforeEach(() => {
  file = join(tempDir(), 'sightings')
})

const text = (): Promise<string> => readFile(file, 'utf8').catch(() => '')

const aWriter = (maxBytes?: number) => {
  const journal = createSightingJournal({
    file,
    flushMs: 5,
    ...(maxBytes !== undefined && { maxBytes }),
  })
  return { ...aLearningReplica({ more: [journal] }), journal }
}

const restarted = async (): Promise<LearningReplica & { readonly replayed: ReplayedSightings }> => {
  const replica = aLearningReplica({})
  const learners = [replica.velocity, replica.instruments]
  return { ...replica, replayed: await replaySightings({ file, learners, nowMs: Date.now() }) }
}

describe('the journal of sightings', () => {
  it('brings what was learned back after a restart, for the writer and for others', async () => {
    const first = aWriter()
    for (let n = 0; n < 500; n++) {
      first.sees({
        account: `acct_${n % 5}`,
        address: `192.0.${n % 7}.1`,
        instrument: 'i'.repeat(22),
      })
    }
    await first.learning.close()
    for (const again of [await restarted(), await restarted()]) {
      expect(again.replayed).toEqual({ learned: 500, refused: 0 })
      expect(again.fact(REQUESTS, { account: 'acct_4' })).toBe(100)
      expect(again.fact('velocity.networks_1d')).toBe(7)
      expect(again.fact('payment.instrument_entities', { instrument: 'i'.repeat(22) })).toBe(5)
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('is on disk within a fraction of a second, without any close', async () => {
    const first = aWriter()
    first.sees()
    await until('a line', async () => (await restarted()).replayed.learned === 1)
    await first.learning.close()
  })

  it('forgets what is older than a day', async () => {
    const first = aWriter()
    first.sees({ atMs: Date.now() - DAY_MS - 1_000 })
    first.sees({ atMs: Date.now() - DAY_MS / 2 })
    await first.learning.close()
    expect((await restarted()).replayed).toEqual({ learned: 1, refused: 1 })
  })

  it('takes no more room than two files, and keeps the latest', async () => {
    const first = aWriter(100_000)
    for (let n = 0; n < 3_000; n++) {
      first.sees({ account: `acct_${n}` })
      if (n % 100 === 99) await until('a line', async () => (await text()).includes(`acct_${n}"`))
    }
    await first.learning.close()
    expect((await stat(file)).size).toBeLessThan(120_000)
    expect((await stat(olderOf(file))).size).toBeLessThan(120_000)
    expect(first.journal.state()).toEqual({ dropped: 0, failing: false })
    expect((await restarted()).replayed.learned).toBeGreaterThan(700)
    expect((await restarted()).fact(REQUESTS, { account: 'acct_2999' })).toBe(1)
  })

  it('loses no more than the line that a crash cut, and goes on behind it', async () => {
    const first = aWriter()
    first.sees({ account: 'acct_1' })
    await until('the first line', async () => (await text()).includes('acct_1'))
    first.sees({ account: 'acct_2' })
    await first.learning.close()
    const { size } = await stat(file)
    await truncate(file, size - 10)
    const second = aWriter()
    second.sees({ account: 'acct_3' })
    await second.learning.close()
    const again = await restarted()
    expect(again.replayed).toEqual({ learned: 2, refused: 1 })
    expect(again.fact(REQUESTS, { account: 'acct_3' })).toBe(1)
  })

  it('does not stop a start when it is rubbish or missing', async () => {
    expect((await restarted()).replayed).toEqual({ learned: 0, refused: 0 })
    await writeFile(file, Buffer.alloc(1_000_000, 0xff))
    await appendFile(file, '\n[1,[null]]\n{}\n\n')
    expect((await restarted()).replayed).toEqual({ learned: 0, refused: 3 })
  })

  it('drops and counts while the disk is full, and writes again once there is room', async () => {
    await symlink('/dev/full', file)
    const first = aWriter()
    first.sees({ account: 'acct_1' })
    await until('a failing disk', () => first.journal.state().failing)
    expect(first.journal.state().dropped).toBe(1)
    await rm(file)
    first.sees({ account: 'acct_2' })
    await until('a disk that takes writes', () => !first.journal.state().failing)
    await first.learning.close()
    expect((await restarted()).replayed).toEqual({ learned: 1, refused: 0 })
  })
})
