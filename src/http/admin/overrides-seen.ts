import type { Facts } from '../../core/facts.ts'
import type { OverrideSubject } from '../../core/override.ts'
import { DAY_MS } from '../../core/time.ts'
import type { DecisionQueries } from '../../sinks/decision-query.ts'
import { readRecord } from '../../sinks/read-record.ts'

/** Who was seen lately behind a network or autonomous system, as far as the index of decisions knows. */
export type SeenThere = {
  readonly sinceMs: number
  /** Recorded calls that were looked at and came from there. */
  readonly calls: number
  readonly accounts: number
  /** Entities among them that are proven customers. */
  readonly proven: number
  /** There are more records than were looked at, or they could not be read. */
  readonly partial: boolean
}

const PAGE = 200
const MAX_PAGES = 10
const WINDOW_MS = DAY_MS

/**
 * Looks through at most 2,000 records of the last day for those of a network or autonomous system. The index
 * holds all refusals and a sample of the rest, so that the numbers are the least there were. Never rejects.
 */
export const seenThere = async (
  { of, name }: OverrideSubject,
  parts: {
    readonly decisions: Pick<DecisionQueries, 'query'>
    readonly networkWanted: (text: string) => string | undefined
    readonly isProven: (facts: Facts) => boolean
    readonly nowMs: number
  },
): Promise<SeenThere> => {
  const { decisions, networkWanted, isProven, nowMs } = parts
  const sinceMs = nowMs - WINDOW_MS
  const network = of === 'network' ? networkWanted(name) : undefined
  const accounts = new Set<string>()
  const proven = new Set<string>()
  let calls = 0
  const count = (record: string): void => {
    const facts = readRecord(record)?.facts
    if (facts === undefined || (of === 'asn' && facts.known('ip.asn') !== Number(name))) return
    calls++
    const account = facts.known('account.id')
    if (account === undefined) return
    accounts.add(account)
    if (isProven(facts)) proven.add(facts.known('account.entity') ?? account)
  }
  const found = (partial: boolean): SeenThere => ({
    sinceMs,
    calls,
    accounts: accounts.size,
    proven: proven.size,
    partial,
  })
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await decisions.query({ network, sinceMs, limit: PAGE, cursor })
    if (!answer.ok) return found(true)
    for (const record of answer.value.records) count(record)
    cursor = answer.value.next
    if (cursor === undefined) return found(false)
  }
  return found(true)
}
