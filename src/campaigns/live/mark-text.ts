import { AXES, type Level, type Mark } from '../../core/campaign.ts'
import { isText, parseRowBatch } from '../../core/row-batch.ts'

/** Topic under which processes hear of marks. */
export const MARKS_TOPIC = 'marks'

/** First element of a batch: texts of another version are not read. */
const VERSION = 1
const FIELDS = 7
/** Marks of one batch. */
export const MAX_MARKS_OF_BATCH = 500
const MAX_BATCH_CHARS = 512 * 1024

const ENTITY = /^[\x21-\x7e]{1,280}$/
const CAMPAIGN = /^[\x21-\x7e]{1,64}$/
/** No clock of ours ever shows more. */
const MAX_MS = 1e14
const ALL_AXES = 2 ** AXES.length - 1

/** A mark as a compact JSON array; its axes are bits in the order of `AXES`. */
export const markText = (mark: Mark): string => {
  let bits = 0
  for (const [at, axis] of AXES.entries()) if (mark.axes.includes(axis)) bits |= 1 << at
  const { entity, campaign, level, score, atMs, untilMs } = mark
  return JSON.stringify([entity, campaign, level, score, bits, atMs, untilMs])
}

/** Texts of batches that hold these marks, in their order. */
export const marksTexts = (marks: readonly Mark[]): string[] => {
  const texts: string[] = []
  for (let from = 0; from < marks.length; from += MAX_MARKS_OF_BATCH) {
    const some = marks.slice(from, from + MAX_MARKS_OF_BATCH)
    texts.push(`[${VERSION},${some.map(markText).join(',')}]`)
  }
  return texts
}

const isLevel = (value: unknown): value is Level =>
  value === 0 || value === 1 || value === 2 || value === 3 || value === 4

const isMs = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= MAX_MS

const markOfRow = (row: unknown): Mark | undefined => {
  if (!Array.isArray(row) || row.length !== FIELDS) return undefined
  // An array out of JSON holds whatever its writer wanted; each element is checked below.
  const fields: readonly unknown[] = row
  const [entity, campaign, level, score, bits, atMs, untilMs] = fields
  if (!isText(entity, ENTITY) || !isText(campaign, CAMPAIGN)) return undefined
  if (!isLevel(level) || typeof score !== 'number' || !Number.isFinite(score)) return undefined
  if (typeof bits !== 'number' || !Number.isInteger(bits) || bits < 0 || bits > ALL_AXES) {
    return undefined
  }
  if (!isMs(atMs) || !isMs(untilMs)) return undefined
  const axes = AXES.filter((_, at) => (bits & (1 << at)) !== 0)
  return { entity, campaign, level, score, axes, atMs, untilMs }
}

/** What a batch came to: its sound marks, and how many others were in it. */
export type ParsedMarks = { readonly marks: readonly Mark[]; readonly refused: number }

/** Reads a batch as hostile: size, version, types and ranges are bounded. Never throws. */
export const parseMarks = (text: string): ParsedMarks => {
  const { rows, refused } = parseRowBatch(text, {
    version: VERSION,
    maxRows: MAX_MARKS_OF_BATCH,
    maxChars: MAX_BATCH_CHARS,
    rowOf: markOfRow,
  })
  return { marks: rows, refused }
}
