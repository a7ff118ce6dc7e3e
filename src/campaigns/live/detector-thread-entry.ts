import { parentPort, workerData } from 'node:worker_threads'
import { runDetectorThread } from './detector-thread-body.ts'
import type { DetectorThreadData } from './detector-protocol.ts'
import { createDetector } from '../detector.ts'

// The cast names what `createDetectorThread`, the only one to start it, hands over.
if (parentPort !== null) {
  runDetectorThread(parentPort, workerData as DetectorThreadData, createDetector)
}
