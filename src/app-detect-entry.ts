import { parentPort, workerData } from 'node:worker_threads'
import { runDetectThread, type DetectThreadData } from './app-detect-thread.ts'
import { createDetector } from './campaigns/detector.ts'

// The cast names what `openDetection`, the only one to start it, hands over.
if (parentPort !== null) {
  runDetectThread(parentPort, workerData as DetectThreadData, createDetector)
}
