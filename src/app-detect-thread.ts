import type { MessagePort } from 'node:worker_threads'
import type { DetectorReport, DetectorSetup } from './campaigns/live/detector-protocol.ts'
import type { Detector, DetectorOptions } from './campaigns/detector-seam.ts'
import { runFleetDetector, type FleetDetector } from './campaigns/live/fleet-detector.ts'
import { MARKS_TOPIC } from './campaigns/live/mark-text.ts'
import type { RedisAddress } from './store/redis-address.ts'
import { createRedisConnection } from './store/redis-connection.ts'
import { createDetectDesk } from './store/redis-detect-desk.ts'
import { createDetectKeys } from './store/redis-detect-keys.ts'
import { createDetectLease, Fenced } from './store/redis-detect-lease.ts'
import { createDetectState } from './store/redis-detect-state.ts'
import { createRedisGossip } from './store/redis-gossip.ts'
import { createMarksWriter } from './store/redis-marks.ts'
import { createObservationReader } from './store/redis-observations.ts'
import { createSealing } from './store/redis-seal.ts'

/** What the thread that detects for a fleet is started with. */
export type DetectThreadData = {
  readonly address: RedisAddress
  readonly prefix: string
  readonly namespace: string
  readonly rootKey: Uint8Array
  readonly setup: DetectorSetup
  readonly leaseMs: number
  readonly saveMs: number
}

/** From the thread. */
export type DetectThreadReply =
  | { readonly kind: 'report'; readonly report: DetectorReport }
  | { readonly kind: 'duty'; readonly active: boolean }
  | { readonly kind: 'closed' }

/** Large states are written in pieces; each may take as long as a busy Redis takes for a MiB. */
const COMMAND_MS = 5_000
const CONNECT_MS = 2_000

/** Runs the detector of a fleet on connections of its own. */
export const openFleetDetector = (
  data: DetectThreadData,
  report: (report: DetectorReport) => void,
  createDetector: (options: DetectorOptions) => Detector,
): FleetDetector => {
  const { prefix, namespace, setup, leaseMs, saveMs } = data
  const rootKey = Uint8Array.from(data.rootKey)
  const address = { ...data.address, commandTimeoutMs: COMMAND_MS }
  const connection = createRedisConnection(address)
  const keys = createDetectKeys(prefix, namespace)
  const sealing = createSealing(rootKey)
  const lease = createDetectLease({ connection, keys, leaseMs })
  const parts = { connection, keys, lease, sealing }
  const state = createDetectState(parts)
  const marks = createMarksWriter(parts)
  const desk = createDetectDesk(parts)
  const gossip = createRedisGossip({
    connect: () => connection.duplicate().client,
    prefix,
    namespace,
    rootKey,
  })
  const detector = runFleetDetector({
    setup,
    report,
    leaseMs,
    saveMs,
    createDetector,
    store: {
      acquire: async () => {
        // At the start, and after an outage, the connection is still being made.
        await connection.readyWithin(CONNECT_MS)
        return lease.acquire()
      },
      renew: () => lease.renew(),
      release: () => lease.release(),
      isFenced: (error) => error instanceof Fenced,
      read: createObservationReader({ connection, keys, rootKey }),
      loadState: () => state.load(),
      saveState: (saved) => state.save(saved),
      setStateAside: () => state.setAside(),
      writeMarks: (some) => marks.write(some),
      sweepMarks: (isOver) => marks.sweep(isOver),
      tellMarks: (text) => gossip.tell(MARKS_TOPIC, text),
      say: (said) => desk.say(said),
      labels: (position) => desk.labels(position),
      answer: (id, text) => desk.answer(id, text),
    },
  })
  return {
    active: () => detector.active(),
    close: async () => {
      await detector.close()
      await gossip.close()
      connection.close()
    },
  }
}

const DUTY_MS = 500

/** The thread's part: reports to whoever started it, and ends when told. */
export const runDetectThread = (
  port: MessagePort,
  data: DetectThreadData,
  createDetector: (options: DetectorOptions) => Detector,
): void => {
  const reply = (message: DetectThreadReply): void => port.postMessage(message)
  const detector = openFleetDetector(
    data,
    (report) => reply({ kind: 'report', report }),
    createDetector,
  )
  const timer = setInterval(() => reply({ kind: 'duty', active: detector.active() }), DUTY_MS)
  port.on('message', () => {
    clearInterval(timer)
    void detector.close().then(() => {
      reply({ kind: 'closed' })
      port.close()
    })
  })
}
