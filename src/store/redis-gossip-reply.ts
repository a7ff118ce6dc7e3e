/** An entry as Redis handed it over: nothing of its fields is checked yet. */
export type StreamEntry = {
  readonly id: string
  readonly fields: readonly unknown[]
  /** Characters of its fields. */
  readonly bytes: number
}

const ID = /^\d{1,20}-\d{1,20}$/

// `Array.isArray` answers `any[]`; nothing may be assumed of the elements.
const listOf = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? (value as readonly unknown[]) : undefined

const entryOf = (value: unknown): StreamEntry => {
  const [id, fields] = listOf(value) ?? []
  const list = listOf(fields)
  if (typeof id !== 'string' || !ID.test(id) || list === undefined) {
    throw new TypeError('Redis answered something that is no stream entry')
  }
  let bytes = 0
  for (const field of list) if (typeof field === 'string') bytes += field.length
  return { id, fields: list, bytes }
}

/** Entries of one stream out of the answer to XREAD; none where nothing came. Throws on any other answer. */
export const entriesOf = (reply: unknown): StreamEntry[] => {
  if (reply === null) return []
  const streams = listOf(reply)
  const entries = listOf(listOf(streams?.[0])?.[1])
  if (entries === undefined) throw new TypeError('Redis answered something that is no stream')
  return entries.map(entryOf)
}

/** Id of the only entry in the answer to XREVRANGE; `undefined` where there is none. Throws likewise. */
export const lastIdOf = (reply: unknown): string | undefined => {
  const entries = listOf(reply)
  if (entries === undefined) throw new TypeError('Redis answered something that is no range')
  return entries.length === 0 ? undefined : entryOf(entries[0]).id
}

/** Whether one id of a stream comes before another; both are pairs of 64-bit numbers. */
export const isBefore = (id: string, other: string): boolean => {
  const [ms = '0', sequence = '0'] = id.split('-')
  const [otherMs = '0', otherSequence = '0'] = other.split('-')
  if (ms !== otherMs) return BigInt(ms) < BigInt(otherMs)
  return BigInt(sequence) < BigInt(otherSequence)
}
