import type { Sink } from '../core/seams.ts'
import type { DecisionIndex } from './decision-index.ts'
import type { DecisionLog } from './decision-log.ts'
import type { DecisionRecord } from './decision-record.ts'
import type { IndexSelection } from './index-selection.ts'

/**
 * Every event into the log, the chosen ones into the index as well, from one serialisation. `close`
 * waits for both.
 */
export const createDecisionSink = (parts: {
  readonly record: DecisionRecord
  readonly log: DecisionLog
  readonly index: DecisionIndex
  readonly selection: IndexSelection
}): Sink => {
  const { record, log, index, selection } = parts
  return {
    name: 'decisions',
    accept(event) {
      const line = record(event)
      log.append(line)
      if (selection(event)) index.add(line)
    },
    async close() {
      // The log first: an index that is not up to date catches up from it.
      await log.close()
      await index.close()
    },
  }
}
