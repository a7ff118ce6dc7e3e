import type { Override } from '../core/override.ts'
import { overrideOfRow, overrideRow } from '../core/override-row.ts'
import { parseRowBatch } from '../core/row-batch.ts'

/** Topic under which processes hear of overrides. */
export const OVERRIDES_TOPIC = 'overrides'

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
const MAX_OF_BATCH = 100
const MAX_BATCH_CHARS = 1024 * 1024

/** Texts of batches that hold these overrides, in their order. */
export const overrideTexts = (overrides: readonly Override[]): string[] => {
  const texts: string[] = []
  for (let from = 0; from < overrides.length; from += MAX_OF_BATCH) {
    const some = overrides.slice(from, from + MAX_OF_BATCH)
    texts.push(`[${VERSION},${some.map(overrideRow).join(',')}]`)
  }
  return texts
}

/** What a batch came to: its sound overrides, and how many others were in it. */
export type ParsedOverrides = {
  readonly overrides: readonly Override[]
  readonly refused: number
}

/** Reads a batch as hostile: size, version, types and ranges are bounded. Never throws. */
export const parseOverrides = (text: string): ParsedOverrides => {
  const { rows, refused } = parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_OF_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: overrideOfRow,
  })
  return { overrides: rows, refused }
}
