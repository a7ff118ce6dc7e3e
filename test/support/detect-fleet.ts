import { fork, type ChildProcess } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { openFleetDetector, type DetectThreadData } from '../../src/app-detect-thread.ts'
import type { DetectorReport } from '../../src/campaigns/live/detector-protocol.ts'
import { createFleetCampaigns } from '../../src/campaigns/live/fleet-campaigns.ts'
import type { FleetDetector } from '../../src/campaigns/live/fleet-detector.ts'
import { parseMarks } from '../../src/campaigns/live/mark-text.ts'
import type { Campaigns, Mark, Observation } from '../../src/core/campaign.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisConnection, type RedisConnection } from '../../src/store/redis-connection.ts'
import { createDeskReader } from '../../src/store/redis-detect-desk.ts'
import { createDetectKeys, PARTITIONS, partOf } from '../../src/store/redis-detect-keys.ts'
import { loadMarks } from '../../src/store/redis-marks.ts'
import { createObservationTeller } from '../../src/store/redis-observations.ts'
import { createSealing } from '../../src/store/redis-seal.ts'
import { batchOf } from './an-observation.ts'
import { createCountingDetector } from './counting-detector.ts'
import { addressOf, killed } from './redis-server.ts'

/** The secret of the fleet. */
export const ROOT_KEY = Buffer.alloc(32, 7)

/** A detector of a fleet in this process, with what it reported. */
export type LocalDetector = FleetDetector & { readonly reports: readonly DetectorReport[] }

/** One in a process of its own. */
export type DetectorProcess = {
  readonly child: ChildProcess
  active(): boolean
  kill(): Promise<void>
}

/** A fleet over one Redis, as the detectors and the other processes see it. */
export type DetectFleet = {
  readonly keys: ReturnType<typeof createDetectKeys>
  readonly campaigns: Campaigns
  readonly dropped: () => number
  tell(...observations: readonly Observation[]): void
  marks(): Promise<readonly Mark[]>
  junk(): Promise<number>
  detector(over?: Partial<DetectThreadData>): LocalDetector
  process(over?: Partial<DetectThreadData>): DetectorProcess
}

/** Opens a fleet on a port, or on whatever is at an address; all of it is closed after the test. */
export const detectFleet = async (at: number | RedisAddress): Promise<DetectFleet> => {
  const data: DetectThreadData = {
    address: typeof at === 'number' ? addressOf(at) : at,
    prefix: 'test',
    namespace: 'ours',
    rootKey: ROOT_KEY,
    setup: { ceiling: 2, minReference: 500, passMs: 60_000 },
    leaseMs: 1_000,
    saveMs: 60_000,
  }
  const keys = createDetectKeys(data.prefix, data.namespace)
  const connection: RedisConnection = createRedisConnection(data.address)
  const sealing = createSealing(ROOT_KEY)
  await connection.readyWithin(5_000)
  let dropped = 0
  const teller = createObservationTeller({
    connect: () => connection.duplicate().client,
    keys,
    rootKey: ROOT_KEY,
    onDropped: (count) => {
      dropped += count
    },
    onTrouble: () => undefined,
  })
  onTestFinished(async () => {
    await teller.close()
    connection.close()
  })
  return {
    keys,
    campaigns: createFleetCampaigns(createDeskReader({ connection, keys, sealing }), 5_000),
    dropped: () => dropped,
    tell: (...observations) => {
      for (const one of observations) teller.tell(batchOf(one), 1, partOf(one.entity, PARTITIONS))
    },
    marks: async () => {
      const { texts } = await loadMarks(connection, keys, sealing)
      return texts.flatMap((text) => parseMarks(text).marks)
    },
    junk: async () => (await loadMarks(connection, keys, sealing)).junk,
    detector: (over = {}) => {
      const reports: DetectorReport[] = []
      const detector = openFleetDetector(
        { ...data, ...over },
        (report) => void reports.push(report),
        createCountingDetector,
      )
      onTestFinished(() => detector.close())
      return { ...detector, reports }
    },
    process: (over = {}) => {
      const { rootKey, ...plain } = { ...data, ...over }
      const child = fork(new URL('../fixtures/counting-fleet-detector.ts', import.meta.url), [
        JSON.stringify({ ...plain, key: Buffer.from(rootKey).toString('base64') }),
      ])
      let active = false
      child.on('message', (message: { readonly active?: boolean }) => {
        active = message.active ?? active
      })
      onTestFinished(() => killed(child))
      return { child, active: () => active, kill: () => killed(child) }
    },
  }
}
