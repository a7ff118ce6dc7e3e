import { campaignReports, detectorSetup } from './app-campaigns.ts'
import type { DetectThreadData, DetectThreadReply } from './app-detect-thread.ts'
import type { Ground } from './app-ground.ts'
import type { StorePlace } from './app-store.ts'
import { keepThread } from './campaigns/live/kept-thread.ts'

/** How long a fleet is without a detector after the process that ran it was killed. */
const LEASE_MS = 60_000
const SAVE_MS = 300_000
const CLOSE_MS = 8_000

/** This process's part in detecting for its fleet. */
export type Detection = {
  /** Whether it is this process that detects now; otherwise it stands by. */
  active(): boolean
  close(): Promise<void>
}

/** What tests want to be different. */
export type DetectionTuning = {
  readonly entry?: URL | undefined
  readonly leaseMs?: number | undefined
  readonly saveMs?: number | undefined
}

/** Detects for the fleet in a thread of its own, in turn with all other processes that do. */
export const openDetection = (
  ground: Ground,
  place: StorePlace,
  tuning: DetectionTuning = {},
): Detection => {
  const report = campaignReports(ground)
  let active = false
  let spoke = false
  let closed: (() => void) | undefined
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const received = (message: DetectThreadReply): void => {
    switch (message.kind) {
      case 'report':
        return report(message.report)
      case 'duty':
        spoke = true
        if (message.active !== active) {
          ground.log.info({ active: message.active }, 'campaigns: detecting for the fleet')
        }
        active = message.active
        return
      case 'closed':
        closed?.()
    }
  }
  const thread = keepThread({
    entry: tuning.entry ?? new URL('./app-detect-entry.ts', import.meta.url),
    dataOf: (): DetectThreadData => ({
      ...place,
      rootKey: ground.dataDir.rootKey,
      setup: detectorSetup(ground),
      leaseMs: tuning.leaseMs ?? LEASE_MS,
      saveMs: tuning.saveMs ?? SAVE_MS,
    }),
    // The thread runs our own file and speaks our own protocol.
    onMessage: (message) => received(message as DetectThreadReply),
    wasReady: () => spoke,
    onLost: (because, ended) => {
      active = false
      spoke = false
      if (ended) closed?.()
      else report({ what: 'restarted', because })
    },
  })
  return { active: () => active, close: () => thread.end('close', isClosed, CLOSE_MS) }
}
