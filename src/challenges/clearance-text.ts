import type { Clearance } from '../core/challenge.ts'
import { clearanceOfRow, clearanceRow } from '../core/clearance-row.ts'
import { parseRowBatch } from '../core/row-batch.ts'

/** Topic under which processes hear of clearances. */
export const CLEARANCES_TOPIC = 'clearances'

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
/** Clearances of one batch. */
export const MAX_CLEARANCES_OF_BATCH = 500
const MAX_BATCH_CHARS = 512 * 1024

/** Texts of batches that hold these clearances, in their order. */
export const clearanceTexts = (clearances: readonly Clearance[]): string[] => {
  const texts: string[] = []
  for (let from = 0; from < clearances.length; from += MAX_CLEARANCES_OF_BATCH) {
    const some = clearances.slice(from, from + MAX_CLEARANCES_OF_BATCH)
    texts.push(`[${VERSION},${some.map(clearanceRow).join(',')}]`)
  }
  return texts
}

/** What a batch came to: its sound clearances, and how many others were in it. */
export type ParsedClearances = {
  readonly clearances: readonly Clearance[]
  readonly refused: number
}

/** Reads a batch as hostile: size, version, types and ranges are bounded. Never throws. */
export const parseClearances = (text: string): ParsedClearances => {
  const { rows, refused } = parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_CLEARANCES_OF_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: clearanceOfRow,
  })
  return { clearances: rows, refused }
}
