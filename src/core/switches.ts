import { z } from 'zod'
import type { Mode } from './decision.ts'

/** What an operator set for one rule or limit beside the files. */
export type SwitchEntry = {
  /** Of the rule or limit. */
  readonly id: string
  /** Absent: as the file says. */
  readonly mode?: Mode | undefined
  /** Per cent of entities; absent: as the file says. */
  readonly rollout?: number | undefined
  /** Version of the whole set with which it was set or last confirmed. */
  readonly version: number
  /** Name of the token it was set with. */
  readonly by: string
  readonly why: string
  readonly atMs: number
  /** When it returns to the files by itself; absent where it stays. */
  readonly untilMs?: number | undefined
  /** Whether it stays: it was set without an end, or an operator has said since that it is to stay. */
  readonly confirmed: boolean
}

/** All switches of a guard or fleet. The version grows by one with each change of any of them. */
export type SwitchSet = { readonly version: number; readonly entries: readonly SwitchEntry[] }

/** What came of a change: where the set is not the one it was made for, nothing but the set as it is. */
export type SwitchChange =
  | { readonly kind: 'changed'; readonly set: SwitchSet }
  | { readonly kind: 'conflict'; readonly current: SwitchSet }

/** The truth about switches. Both reject with `LedgerFailure` where it cannot be reached, within a deadline. */
export interface SwitchBoard {
  read(): Promise<SwitchSet>
  /** Puts these in place of all, as the next version, where the set is still of `expectedVersion`. */
  change(expectedVersion: number, entries: readonly SwitchEntry[]): Promise<SwitchChange>
}

/** Of a guard on which nothing was ever switched. */
export const EMPTY_SWITCH_SET: SwitchSet = { version: 0, entries: [] }

/** Switches that can be set at a time. */
export const MAX_SWITCHES = 1_000

/** Characters of the reason at most. */
export const MAX_SWITCH_WHY_CHARS = 500

const MAX_TEXT_CHARS = 4_000_000
/** No clock of ours ever shows more. */
const MAX_MS = 1e14

const count = z.int().min(0).max(1e14)
const ms = z.number().min(0).max(MAX_MS)

const entryForm = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/),
    mode: z.enum(['enforce', 'shadow', 'off']).optional(),
    rollout: z.number().min(0).max(100).optional(),
    version: count,
    by: z.string().max(200),
    why: z.string().max(MAX_SWITCH_WHY_CHARS),
    atMs: ms,
    untilMs: ms.optional(),
    confirmed: z.boolean(),
  })
  .refine(({ mode, rollout }) => mode !== undefined || rollout !== undefined)
  .refine(({ untilMs, confirmed }) => (untilMs === undefined) === confirmed)

const setForm = z
  .strictObject({ version: count, entries: z.array(entryForm).max(MAX_SWITCHES) })
  .refine(({ version, entries }) => entries.every((entry) => entry.version <= version))
  .refine(({ entries }) => new Set(entries.map(({ id }) => id)).size === entries.length)

/** A set as JSON, in one order whoever wrote it. */
export const switchSetText = ({ version, entries }: SwitchSet): string =>
  JSON.stringify({
    version,
    entries: entries
      .toSorted((one, other) => (one.id < other.id ? -1 : 1))
      .map(({ id, mode, rollout, version: since, by, why, atMs, untilMs, confirmed }) => ({
        id,
        mode,
        rollout,
        version: since,
        by,
        why,
        atMs,
        untilMs,
        confirmed,
      })),
  })

/** The set of a text; `undefined` for whatever is none, in any field. */
export const parseSwitchSet = (text: string): SwitchSet | undefined => {
  if (text.length > MAX_TEXT_CHARS) return undefined
  try {
    return setForm.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Whether two sets are the same in every field. */
export const isSameSwitchSet = (one: SwitchSet, other: SwitchSet): boolean =>
  one === other || switchSetText(one) === switchSetText(other)

/** Whether a switch has returned to the files by itself. */
export const hasReturned = ({ untilMs }: SwitchEntry, nowMs: number): boolean =>
  untilMs !== undefined && nowMs >= untilMs
