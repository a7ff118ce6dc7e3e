/** What the index keeps of a record beside the record itself. */
export type IndexRow = {
  readonly id: string
  readonly atMs: number
  readonly account: string | null
  readonly credential: string | null
  readonly network: string | null
  readonly verdict: string | null
  readonly outcome: string
  /** Whether the row belongs into the index whatever the sample says; the rule is that of live events. */
  readonly notable: boolean
  /** Rules and limits that decided, refused, or would have. */
  readonly hits: readonly string[]
  readonly record: string
}

type Plain = { readonly [key: string]: unknown }

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

// SQLite has NULL where this project has undefined.
const textIn = (object: Plain, key: string): string | null => {
  const value = object[key]
  return typeof value === 'string' ? value : null
}

const itemsIn = (object: Plain, key: string): Plain[] => {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isPlain) : []
}

const MAX_HITS = 128

/** Rules that matched and did not act, and limits without room. */
const nearMissesOf = (record: Plain): (string | null)[] => [
  ...itemsIn(record, 'stillwatch.shadow').map((hit) => textIn(hit, 'rule')),
  ...itemsIn(record, 'stillwatch.limits')
    .filter((limit) => limit['exceeded'] === true)
    .map((limit) => textIn(limit, 'limit')),
]

/**
 * The row of a record's line, `undefined` for a line that is not a whole record: a torn one, one of a
 * version not known here, or damage.
 */
export const indexRowOf = (line: string): IndexRow | undefined => {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isPlain(record) || record['v'] !== 1) return undefined
  const id = textIn(record, 'stillwatch.decision.id')
  const atMs = Date.parse(textIn(record, 'time') ?? '')
  if (id === null || !Number.isFinite(atMs)) return undefined
  const inside = record['stillwatch.facts']
  const facts = isPlain(inside) ? inside : {}
  const verdict = textIn(record, 'stillwatch.ruling')
  const misses = nearMissesOf(record)
  const hits = [textIn(record, 'stillwatch.rule.id'), ...misses].filter((name) => name !== null)
  return {
    id,
    atMs,
    account: textIn(facts, 'account.id'),
    credential: textIn(facts, 'caller.credential'),
    network: textIn(facts, 'caller.network'),
    verdict,
    outcome: textIn(record, 'stillwatch.outcome') ?? '',
    notable: (verdict !== null && verdict !== 'allow') || misses.length > 0,
    hits: [...new Set(hits)].slice(0, MAX_HITS),
    record: line,
  }
}
