import { join } from 'node:path'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { Ground } from './app-ground.ts'
import type { CallEvent } from './core/event.ts'
import type { Sink } from './core/seams.ts'
import { arrivalMsOf } from './guard/decision-id.ts'
import { createAddressMask } from './sinks/address-mask.ts'
import { createDecisionIndex } from './sinks/decision-index.ts'
import { createDecisionLog } from './sinks/decision-log.ts'
import type { DecisionQueries } from './sinks/decision-query.ts'
import { createDecisionRecord } from './sinks/decision-record.ts'
import { createDecisionSink } from './sinks/decision-sink.ts'
import { createIndexSelection, type IndexSelection } from './sinks/index-selection.ts'

/** Served calls that go into the index beside the refused ones, a second. */
const SAMPLED_PER_SECOND = 10

/** How events become records: the line of each, and whether the index takes it. */
export type Recording = {
  readonly record: (event: CallEvent) => string
  readonly selection: IndexSelection
}

const maskingOf = ({ settings, dataDir }: Ground) => ({
  addresses: settings.decisions.addresses,
  hash: createKeyedHash(dataDir.rootKey, 'address'),
})

/** Records as the settings want them, of one of `processes` that share one index. */
export const createRecording = (ground: Ground, processes = 1): Recording => ({
  record: createDecisionRecord(maskingOf(ground)),
  selection: createIndexSelection({ perSecond: Math.ceil(SAMPLED_PER_SECOND / processes) }),
})

/** The decision log and its index. */
export type Records = {
  /** Keeps the events of this process. */
  readonly sink: Sink
  /** Keeps a record that another process made. */
  keep(line: string, options: { readonly indexed: boolean }): void
  readonly queries: DecisionQueries
  /** A network as records show it. */
  readonly networkWanted: (text: string) => string | undefined
  degraded(): readonly string[]
}

/** Opens the decision log of the data folder, and the index that answers questions about it. */
export const openRecords = (
  ground: Ground,
  onDrop: (sink: string, count: number) => void,
): Records => {
  const { settings, dataDir, clock, log } = ground
  const segments = join(dataDir.path, 'decisions')
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
  const mask = createAddressMask(maskingOf(ground))
  return {
    sink: createDecisionSink({ ...createRecording(ground), log: decisionLog, index }),
    keep: (line, { indexed }) => {
      decisionLog.append(line)
      if (indexed) index.add(line)
    },
    queries: index,
    networkWanted: (text) => mask.wanted(text),
    degraded: () => [...trouble],
  }
}
