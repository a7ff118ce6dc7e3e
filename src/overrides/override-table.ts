import type { Override, OverrideKind } from '../core/override.ts'
import { listOverrides, type OverridePage, type OverrideQuery } from './override-list.ts'

/** Overrides of a process, in memory: what its calls are judged by. */
export interface OverrideTable {
  /** Whether nothing is set at all: the answer for nearly every call of nearly every guard. */
  isEmpty(): boolean
  /** Whether any of a kind is set; it may have run out since. */
  any(of: OverrideKind): boolean
  /** Whether any that refuses is set for that kind; it may have run out since. */
  anyDeny(of: OverrideKind): boolean
  /** The one that counts for a subject: a refusal over a permission, else the newest. */
  of(of: OverrideKind, name: string, nowMs: number): Override | undefined
  /** One by its id, ended or not, unless it has run out. */
  get(id: string, nowMs: number): Override | undefined
  /** Goes up with everything that was news. */
  version(): number
  /** Takes what is news: an ended one over one in force. True where it was. */
  take(override: Override): boolean
  /** A page of those that have not run out. */
  list(query: OverrideQuery & { readonly nowMs: number }): OverridePage
  /** Forgets what has run out. */
  sweep(nowMs: number): void
  /** All that have not run out, ended ones too: what is written down and what others are told. */
  all(nowMs: number): Override[]
  /** How many are in force, by verdict. */
  size(nowMs: number): { readonly allow: number; readonly deny: number }
}

/** More than operators set by hand; each is some 500 bytes. */
const MAX_ENTRIES = 20_000

const isOn = (one: Override, nowMs: number): boolean =>
  one.ended === undefined && one.expiresMs > nowMs

const beats = (one: Override, other: Override): boolean =>
  one.verdict === other.verdict ? one.atMs > other.atMs : one.verdict === 'deny'

/**
 * What is known of overrides, wherever words come from. Words may come in any order and more than once:
 * one that was ended stays so until it would have run out. Beyond `maxEntries` no other is taken, so that
 * none that holds is pushed out.
 */
export const createOverrideTable = (
  options: { readonly maxEntries?: number } = {},
): OverrideTable => {
  const { maxEntries = MAX_ENTRIES } = options
  let version = 0
  const byId = new Map<string, Override>()
  const bySubject = new Map<OverrideKind, Map<string, readonly Override[]>>()

  const denied = new Map<OverrideKind, Set<string>>()

  const without = ({ id, of, name }: Override): readonly Override[] =>
    (bySubject.get(of)?.get(name) ?? []).filter((one) => one.id !== id)
  const place = ({ of, name }: Override, some: readonly Override[]): void => {
    const names = bySubject.get(of) ?? new Map<string, readonly Override[]>()
    if (some.length > 0) names.set(name, some)
    else names.delete(name)
    if (names.size > 0) bySubject.set(of, names)
    else bySubject.delete(of)
  }
  const set = (one: Override): void => {
    place(one, [...without(one), one])
    if (one.verdict === 'deny') {
      denied.set(one.of, (denied.get(one.of) ?? new Set<string>()).add(one.id))
    }
  }
  const lift = (one: Override): void => {
    place(one, without(one))
    denied.get(one.of)?.delete(one.id)
  }
  const sweep = (nowMs: number): void => {
    for (const one of byId.values()) {
      if (one.expiresMs > nowMs) continue
      byId.delete(one.id)
      lift(one)
    }
  }
  const all = (nowMs: number): Override[] => {
    sweep(nowMs)
    return [...byId.values()]
  }

  return {
    isEmpty: () => bySubject.size === 0,
    any: (of) => bySubject.has(of),
    anyDeny: (of) => (denied.get(of)?.size ?? 0) > 0,
    of: (of, name, nowMs) => {
      let found: Override | undefined
      for (const one of bySubject.get(of)?.get(name) ?? []) {
        if (isOn(one, nowMs) && (found === undefined || beats(one, found))) found = one
      }
      return found
    },
    get: (id, nowMs) => {
      const one = byId.get(id)
      return one !== undefined && one.expiresMs > nowMs ? one : undefined
    },
    version: () => version,
    take: (override) => {
      const known = byId.get(override.id)
      if (known !== undefined && (known.ended !== undefined || override.ended === undefined)) {
        return false
      }
      if (known === undefined && byId.size >= maxEntries) return false
      version++
      byId.set(override.id, override)
      if (override.ended === undefined) set(override)
      else lift(override)
      return true
    },
    sweep,
    list: ({ nowMs, ...query }) => listOverrides(all(nowMs), query),
    all,
    size: (nowMs) => {
      const on = all(nowMs).filter((one) => one.ended === undefined)
      const deny = on.filter(({ verdict }) => verdict === 'deny').length
      return { allow: on.length - deny, deny }
    },
  }
}
