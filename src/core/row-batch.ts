/** Whether a field out of JSON is a whole number from 0 to `max`. */
export const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max

/** Whether a field out of JSON is a text of this form. */
export const isText = (value: unknown, form: RegExp): value is string =>
  typeof value === 'string' && form.test(value)

/** How a batch of rows is bounded and read. */
export type BatchForm<T> = {
  /** First element of every batch of this form. */
  readonly version: unknown
  readonly maxRows: number
  readonly maxChars: number
  /** One row out of JSON, or `undefined` where anything of it is not as it has to be. */
  readonly rowOf: (row: unknown) => T | undefined
}

/** What a batch came to: its sound rows, and how many others were in it. */
export type ParsedRows<T> = { readonly rows: readonly T[]; readonly refused: number }

/**
 * Reads a JSON array of a version and rows that another process wrote, as hostile: size, version and number
 * of rows are bounded, and a row that is not sound is left out. Never throws.
 */
export const parseRowBatch = <T>(text: string, form: BatchForm<T>): ParsedRows<T> => {
  const nothingSound: ParsedRows<T> = { rows: [], refused: 1 }
  if (text.length > form.maxChars) return nothingSound
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return nothingSound
  }
  if (!Array.isArray(parsed) || parsed[0] !== form.version) return nothingSound
  if (parsed.length > form.maxRows + 1) return nothingSound
  const rows: T[] = []
  for (let at = 1; at < parsed.length; at++) {
    const row = form.rowOf(parsed[at])
    if (row !== undefined) rows.push(row)
  }
  return { rows, refused: parsed.length - 1 - rows.length }
}
