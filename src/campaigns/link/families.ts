/** Kinds of values that link entities, by where an entity's values of that kind stand in its row. */
export const SLOTS = {
  template: { from: 0, count: 4 },
  client: { from: 4, count: 2 },
  decode: { from: 6, count: 2 },
  asn: { from: 8, count: 2 },
  funding: { from: 10, count: 1 },
  instrument: { from: 11, count: 1 },
  emailPattern: { from: 12, count: 1 },
} as const

/** Kinds of values that are kept of an entity. */
export type ValueKind = keyof typeof SLOTS

/** Values of one entity. */
export const VALUES_PER_ENTITY = 13

/**
 * Puts `value` in front of its family in the row that begins at `base`, the longest unused one falling out.
 * True where it was not among them. 0 is no value.
 */
export const putValue = (
  values: Uint32Array,
  base: number,
  kind: ValueKind,
  value: number,
): boolean => {
  if (value === 0) return false
  const { from, count } = SLOTS[kind]
  const first = base + from
  if (values[first] === value) return false
  let at = 1
  while (at < count && values[first + at] !== value) at++
  const isNew = at === count
  for (let i = isNew ? count - 1 : at; i > 0; i--) values[first + i] = values[first + i - 1] ?? 0
  values[first] = value
  return isNew
}
