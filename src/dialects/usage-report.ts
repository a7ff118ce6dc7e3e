import type { Usage } from '../core/call.ts'
import { isJsonObject } from './json-object.ts'
import type { UsageShape } from './usage-shape.ts'

/** Collects the reports of one answer. */
export type UsageReport = {
  readonly add: (value: unknown) => void
  readonly total: () => Usage | undefined
}

/** A count as the wire has it: a whole number of at least 0, anything else is no report. */
export const tokenCount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** Sum of the counts that were reported, `undefined` where none was. */
export const sumOfCounts = (...values: readonly unknown[]): number | undefined => {
  let sum: number | undefined
  for (const value of values) {
    const count = tokenCount(value)
    if (count !== undefined) sum = (sum ?? 0) + count
  }
  return sum
}

/** A count inside a details object. */
export const nestedCount = (details: unknown, member: string): number | undefined =>
  isJsonObject(details) ? tokenCount(details[member]) : undefined

/** A usage whose totals are known to be counts or missing; `undefined` where both are missing. */
export const usageWith = (
  totals: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined },
  cachedInputTokens: number | undefined,
  reasoningTokens: number | undefined,
): Usage | undefined =>
  totals.inputTokens === undefined && totals.outputTokens === undefined
    ? undefined
    : {
        ...totals,
        ...(cachedInputTokens !== undefined && { cachedInputTokens }),
        ...(reasoningTokens !== undefined && { reasoningTokens }),
      }

/**
 * Merges the reports of one answer member by member, the last word counting. All three providers report
 * running totals, never increments, and later reports may leave out what has not changed.
 */
export const createUsageReport = (shape: UsageShape): UsageReport => {
  let merged: { [member: string]: unknown } | undefined
  return {
    add: (value) => {
      if (!isJsonObject(value)) return
      merged ??= {}
      for (const member of shape.members) {
        const said = value[member]
        if (said !== undefined && said !== null) merged[member] = said
      }
    },
    total: () => (merged === undefined ? undefined : shape.usageOf(merged)),
  }
}
