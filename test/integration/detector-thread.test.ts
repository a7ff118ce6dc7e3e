import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readMarks } from '../../src/campaigns/live/marks-log.ts'
import { packState } from '../../src/campaigns/live/state-file.ts'
import { aDetectorThread } from '../support/a-detector-thread.ts'
import { anObservation, batchOf } from '../support/an-observation.ts'
import { tempDir } from '../support/temp-dir.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { until } from '../support/wait.ts'

const marked = (entity: string, changes: object = {}) =>
  anObservation({ entity, client: 'campaign/1', ...changes })

test('what is observed comes back as marks, which are on disk by then', async () => {
  const folder = tempDir()
  const thread = aDetectorThread(folder)
  thread.observe(batchOf(anObservation({ entity: 'org_honest' }), marked('org_1')), 2)
  const mark = await until('the mark', () => thread.marks.of('org_1', Date.now()))
  expect(mark).toMatchObject({ campaign: 'c1', level: 2 })
  expect(thread.marks.of('org_honest', Date.now())).toBeUndefined()
  expect(readMarks(folder)).toEqual([mark])
  await until('no lag', () => thread.lagMs() < 1_500)
  await until('a count by level', () => thread.levels()[2] === 1)
})

test('it answers what is asked about campaigns', async () => {
  const thread = aDetectorThread(tempDir())
  const { campaigns } = thread
  thread.observe(batchOf(marked('org_1'), marked('org_2')), 2)
  await until('the campaign', async () => (await campaigns.list())[0]?.members === 2)
  expect(await campaigns.show('c1')).toMatchObject({ id: 'c1', state: 'acting' })
  expect(await campaigns.show('none')).toBeUndefined()
  expect((await campaigns.members('c1'))?.map(({ entity }) => entity)).toEqual(['org_1', 'org_2'])
  expect(await campaigns.status()).toMatchObject({ entities: 2, minReference: 500 })
})

test('a thread that dies is begun anew with everything it had taken, and marks hold meanwhile', async () => {
  const thread = aDetectorThread(tempDir())
  thread.observe(batchOf(marked('org_1')), 1)
  await until('the mark', () => thread.marks.of('org_1', Date.now()))
  await thread.crash()
  expect(thread.marks.of('org_1', Date.now())?.level).toBe(2)
  await expect(thread.campaigns.list()).rejects.toThrow('cannot be reached')
  // What comes while it is away waits for it.
  thread.observe(batchOf(marked('org_2')), 1)
  await until('the next mark', () => thread.marks.of('org_2', Date.now()))
  expect((await thread.campaigns.members('c1'))?.length).toBe(2)
  const label = { campaign: 'c1', act: 'dismiss', by: 'ops', note: '', atMs: Date.now() } as const
  expect(await thread.campaigns.label(label)).toMatchObject({ state: 'dismissed' })
  await until('the release', () => thread.marks.of('org_1', Date.now()) === undefined)
  // A label is journaled before it is answered: it holds over the next crash too.
  await thread.crash()
  await until('the thread', () => thread.campaigns.list().catch(() => undefined))
  expect(await thread.campaigns.list()).toMatchObject([{ state: 'dismissed', members: 0 }])
  expect(thread.reports.filter(({ what }) => what === 'restarted')).toHaveLength(2)
})

test('a closed one begins where it ended, from its saved state alone', async () => {
  const folder = tempDir()
  const first = aDetectorThread(folder)
  first.observe(batchOf(marked('org_1'), marked('org_2')), 2)
  await first.close()
  expect(readdirSync(folder).toSorted()).toEqual(['marks', 'setup', 'state'])
  const second = aDetectorThread(folder)
  await until('the state', async () => (await second.campaigns.list())[0]?.members === 2)
  // Told again at the start, for whoever starts with it.
  await until('the mark', () => second.marks.of('org_2', Date.now()))
})

test('a state that is damaged is set aside, and the journal still counts', async () => {
  const folder = tempDir()
  const first = aDetectorThread(folder)
  first.observe(batchOf(marked('org_1')), 1)
  await first.close()
  const bytes = readFileSync(join(folder, 'state'))
  bytes[60] = (bytes[60] ?? 0) ^ 1
  writeFileSync(join(folder, 'state'), bytes)
  const second = aDetectorThread(folder)
  second.observe(batchOf(marked('org_2')), 1)
  await until('the mark', () => second.marks.of('org_2', Date.now()))
  expect(second.reports).toMatchObject([{ what: 'set_aside', because: 'it is not whole' }])
  expect(readdirSync(folder).some((name) => name.startsWith('state.damaged-'))).toBe(true)
  expect((await second.campaigns.members('c1'))?.map(({ entity }) => entity)).toEqual(['org_2'])
})

test('a state that is whole and yet of no use to the detector is set aside', async () => {
  const folder = tempDir()
  const state = packState({ state: Buffer.from('of another version'), journal: 1 })
  writeFileSync(join(folder, 'state'), state)
  const thread = aDetectorThread(folder)
  thread.observe(batchOf(marked('org_1')), 1)
  await until('the mark', () => thread.marks.of('org_1', Date.now()))
  await thread.close()
  const aside = readdirSync(folder).find((name) => name.startsWith('state.damaged-'))
  expect(readFileSync(join(folder, aside ?? ''))).toEqual(state)
  expect(readdirSync(folder)).toContain('state')
  expect(thread.reports.map(({ what }) => what).slice(0, 2)).toEqual(['problem', 'set_aside'])
})

test('a journal that was cut in the middle costs the batch that was cut', async () => {
  const folder = tempDir()
  const first = aDetectorThread(folder)
  first.observe(batchOf(marked('org_1')), 1)
  await until('the mark', () => first.marks.of('org_1', Date.now()))
  first.observe(batchOf(marked('org_2')), 1)
  await until('the mark', () => first.marks.of('org_2', Date.now()))
  const journal = join(folder, 'observations-1')
  await first.crash()
  truncateSync(journal, readFileSync(journal).length - 20)
  await until('what is left', async () =>
    first.campaigns.members('c1').then(
      (members) => members?.length === 1,
      () => false,
    ),
  )
  expect(first.reports).toContainEqual({ what: 'restored', observations: 1, refused: 1 })
})

test('an observation that the detector cannot take, and what is none, cost only themselves', async () => {
  const thread = aDetectorThread(tempDir())
  thread.observe(batchOf(anObservation({ model: 'throws' }), marked('org_1')), 2)
  thread.observe('{"junk":', 1)
  thread.observe(batchOf(marked('org_2')), 1)
  await until('both', () => thread.marks.size(Date.now()) === 2)
  expect(thread.dropped()).toBe(2)
  expect(thread.reports).toEqual([
    { what: 'problem', because: 'an observation that cannot be taken' },
  ])
})

test('a journal that ends the thread is left out after some starts that came to nothing', async () => {
  const folder = tempDir()
  const first = aDetectorThread(folder)
  first.observe(batchOf(marked('org_1')), 1)
  await first.close()
  writeFileSync(join(folder, 'observations-7'), batchOf(anObservation({ model: 'exits' })))
  const second = aDetectorThread(folder)
  second.observe(batchOf(marked('org_2')), 1)
  await until('a start without it', () => second.marks.of('org_2', Date.now()), 30_000)
  expect(second.reports.filter(({ what }) => what === 'restarted')).toHaveLength(3)
  // What was saved before is still there.
  expect((await second.campaigns.members('c1'))?.length).toBe(2)
}, 40_000)

test('a full disk takes nothing from detection, and is written to again once there is room', async () => {
  const disk = tinyDisk(256)
  const thread = aDetectorThread(join(disk.dir, 'campaigns'), { saveMs: 50 })
  thread.observe(batchOf(marked('org_1')), 1)
  await until('the mark', () => thread.marks.of('org_1', Date.now()))
  disk.fill()
  for (let at = 0; at < 40; at++) {
    const many = Array.from({ length: 20 }, (_, n) => marked(`org_${at}_${n}`))
    thread.observe(batchOf(...many), many.length)
  }
  await until('all marks', () => thread.marks.size(Date.now()) === 801)
  await until('the trouble', () => thread.reports.some(({ what }) => what === 'files_failing'))
  disk.empty()
  await until('the end of it', () => thread.reports.some(({ what }) => what === 'files_work'))
})

test('a thread that stands still is behind, holds up nobody, and what is too much is dropped', async () => {
  const thread = aDetectorThread(tempDir(), {
    entry: new URL('../fixtures/stalled-detector-thread.ts', import.meta.url),
    maxQueueChars: 10_000,
    answerMs: 50,
    closeMs: 50,
  })
  await until('it runs', () => thread.levels()[4] === 7)
  const text = batchOf(anObservation())
  for (let at = 0; at < 8_000; at++) thread.observe(text, 1)
  expect(thread.dropped()).toBeGreaterThan(1_000)
  await until('a lag', () => thread.lagMs() > 100)
  await expect(thread.campaigns.list()).rejects.toThrow('cannot be reached')
})

test('a thread that says nothing for too long is begun anew', async () => {
  const thread = aDetectorThread(tempDir(), {
    entry: new URL('../fixtures/stalled-detector-thread.ts', import.meta.url),
    silenceMs: 200,
    closeMs: 50,
  })
  await until('a new one', () => thread.reports.some(({ what }) => what === 'restarted'))
})
