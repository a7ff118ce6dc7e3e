import { join } from 'node:path'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { Clock, Sink } from './core/seams.ts'
import type { DataDir } from './data-dir.ts'
import { arrivalMsOf } from './guard/decision-id.ts'
import type { Settings } from './settings.ts'
import { createAddressMask } from './sinks/address-mask.ts'
import { createDecisionIndex } from './sinks/decision-index.ts'
import { createDecisionLog } from './sinks/decision-log.ts'
import type { DecisionQueries } from './sinks/decision-query.ts'
import { createDecisionRecord } from './sinks/decision-record.ts'
import { createDecisionSink } from './sinks/decision-sink.ts'
import { createIndexSelection } from './sinks/index-selection.ts'
import type { Log } from './sinks/log.ts'

/** Served calls that go into the index beside the refused ones, a second. */
const SAMPLED_PER_SECOND = 10

/** The decision log and its index. */
export type Records = {
  readonly sink: Sink
  readonly queries: DecisionQueries
  /** A network as records show it. */
  readonly networkWanted: (text: string) => string | undefined
  degraded(): readonly string[]
}

/** Opens the decision log of the data folder, and the index that answers questions about it. */
export const openRecords = (parts: {
  readonly settings: Settings
  readonly dataDir: DataDir
  readonly clock: Clock
  readonly log: Log
  readonly onDrop: (sink: string, count: number) => void
}): Records => {
  const { settings, dataDir, clock, log, onDrop } = parts
  const segments = join(dataDir.path, 'decisions')
  const masking = {
    addresses: settings.decisions.addresses,
    hash: createKeyedHash(dataDir.rootKey, 'address'),
  }
  const trouble = new Set<string>()
  const decisionLog = createDecisionLog({
    directory: segments,
    clock,
    retainBytes: settings.decisions.retain,
    onDrop: (count) => onDrop('decision-log', count),
    onTrouble: (problem) => {
      if (problem === undefined) trouble.delete('decision-log')
      else trouble.add('decision-log')
      const text =
        problem === undefined ? 'decision log works again' : 'decision log cannot be written'
      log.warn({ err: problem }, text)
    },
  })
  const index = createDecisionIndex({
    path: join(dataDir.path, 'decisions.sqlite'),
    segments,
    arrivalMsOf,
    perSecond: SAMPLED_PER_SECOND,
    onDrop: (count) => onDrop('decision-index', count),
    onReport: (report) => {
      const expected = report.what === 'rebuilt' || report.what === 'usable'
      log[expected ? 'info' : 'warn']({ report }, 'decision index')
    },
  })
  const mask = createAddressMask(masking)
  return {
    sink: createDecisionSink({
      record: createDecisionRecord(masking),
      log: decisionLog,
      index,
      selection: createIndexSelection({ perSecond: SAMPLED_PER_SECOND }),
    }),
    queries: index,
    networkWanted: (text) => mask.wanted(text),
    degraded: () => [...trouble],
  }
}
