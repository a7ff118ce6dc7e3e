import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCampaigns } from '../../src/campaigns/live/read-campaigns.ts'
import { aDetectorThread } from '../support/a-detector-thread.ts'
import { anObservation, batchOf } from '../support/an-observation.ts'
import { createCountingDetector } from '../support/counting-detector.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const marked = (entity: string) => anObservation({ entity, client: 'campaign/1' })

test('what a detector left is read back: its state, and what it took since', async () => {
  const folder = tempDir()
  const first = aDetectorThread(folder)
  first.observe(batchOf(marked('org_1')), 1)
  await first.close()
  const running = aDetectorThread(folder)
  running.observe(batchOf(marked('org_2')), 1)
  await until('the mark', () => running.marks.of('org_2', Date.now()))
  // Beside the running one, which it does not disturb.
  const left = readCampaigns(folder, createCountingDetector)
  expect((await left.members('c1'))?.map(({ entity }) => entity)).toEqual(['org_1', 'org_2'])
  expect(await left.status()).toMatchObject({ minReference: 500, entities: 2 })
  const label = { campaign: 'c1', act: 'dismiss', by: 'ops', note: '', atMs: 1 } as const
  await expect(left.label(label)).rejects.toThrow('needs a running guard')
  expect((await running.campaigns.members('c1'))?.length).toBe(2)
})

test('a folder with nothing in it, or nothing whole, is said to be so', () => {
  const folder = tempDir()
  expect(() => readCampaigns(folder, createCountingDetector)).toThrow('there is no saved state')
  expect(() => readCampaigns(join(folder, 'none'), createCountingDetector)).toThrow(
    'there is no saved state',
  )
  writeFileSync(join(folder, 'state'), 'SWCAMP1\nsomething')
  expect(() => readCampaigns(folder, createCountingDetector)).toThrow('is damaged')
})
