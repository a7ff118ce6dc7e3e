import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Sink } from '../../src/core/seams.ts'
import { createDecisionIndex } from '../../src/sinks/decision-index.ts'
import { createDecisionLog } from '../../src/sinks/decision-log.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import { createDecisionSink } from '../../src/sinks/decision-sink.ts'
import { createFanOut } from '../../src/sinks/fan-out.ts'
import { createFaultLog } from '../../src/sinks/fault-log.ts'
import { createIndexSelection } from '../../src/sinks/index-selection.ts'
import { createLogSuppression } from '../../src/sinks/log-suppression.ts'
import { createLog } from '../../src/sinks/log.ts'
import { createMetrics } from '../../src/sinks/metrics.ts'
import { describeSink } from './sink.ts'

let root: string
let opened = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stillwatch-sinks-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const onDrop = (): void => undefined
const metrics = (): Sink => createMetrics({ version: '1' }).sink
const faultLog = (): Sink => {
  const log = createLog({ level: 'info', destination: { write: () => undefined } })
  return createFaultLog({ suppression: createLogSuppression({ log }) })
}
const decisions = (): Sink => {
  const folder = join(root, String(opened++))
  const segments = join(folder, 'decisions')
  return createDecisionSink({
    record: createDecisionRecord({ addresses: 'hash', hash: (text) => text }),
    log: createDecisionLog({ directory: segments, clock: { now: () => Date.now() }, onDrop }),
    index: createDecisionIndex({
      path: join(folder, 'decisions.sqlite'),
      segments,
      arrivalMsOf: () => undefined,
      onDrop,
    }),
    selection: createIndexSelection({ perSecond: 10 }),
  })
}

describeSink('metrics', metrics)
describeSink('fault-log', faultLog)
describeSink('decisions', decisions)
describeSink('fan-out', () => createFanOut({ sinks: [metrics(), faultLog(), decisions()], onDrop }))
