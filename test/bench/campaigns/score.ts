import { DAY_MS } from '../../../src/core/time.ts'

/** Whether a label is that of somebody who must be left alone. */
export const isHonest = (label: string): boolean => label.startsWith('legit/')

/** Whether a label is that of a campaign. */
export const isAttack = (label: string): boolean => label.startsWith('attack/')

/** How one setting of one way to meet campaigns did. */
export type Score = {
  readonly family: string
  readonly setting: string
  readonly attack: {
    readonly calls: number
    /** Calls it did not act on: what the campaign got. */
    readonly leaked: number
    readonly entities: number
    /** Entities it acted on at least once. */
    readonly found: number
    /** Milliseconds of its first call; `undefined` where it made none. */
    readonly firstCallMs: number | undefined
    /** Milliseconds of the first call that was acted on. */
    readonly firstActedMs: number | undefined
    /** Calls and leaked calls by day of the run. */
    readonly callsByDay: readonly number[]
    readonly leakedByDay: readonly number[]
  }
  readonly honest: { readonly entities: number; readonly acted: number }
  /** The same for everybody, by label; honest ones and others. */
  readonly byLabel: {
    readonly [label: string]: { readonly entities: number; readonly acted: number }
  }
}

/** What came of a call in the order of the settings. */
export type Scorer = {
  count(call: {
    readonly entity: string
    readonly label: string
    readonly atMs: number
    readonly acted: readonly boolean[]
  }): void
  scores(): Score[]
}

type Known = { readonly label: string; readonly acted: Uint8Array }

const plus = (list: number[], at: number): void => {
  while (list.length <= at) list.push(0)
  list[at] = (list[at] ?? 0) + 1
}

/** Scores ways that see the same calls; `names` in the order of the answers. */
export const createScorer = (
  names: readonly { readonly family: string; readonly setting: string }[],
  fromMs: number,
): Scorer => {
  const known = new Map<string, Known>()
  const callsByDay: number[] = []
  const leakedByDay = names.map((): number[] => [])
  let calls = 0
  let firstCallMs: number | undefined
  const firstActedMs: (number | undefined)[] = names.map(() => undefined)
  const leaked = new Float64Array(names.length)

  const scoreOf = (at: number): Score => {
    const byLabel: { [label: string]: { entities: number; acted: number } } = {}
    for (const { label, acted } of known.values()) {
      const row = (byLabel[label] ??= { entities: 0, acted: 0 })
      row.entities++
      row.acted += acted[at] ?? 0
    }
    const sum = (wanted: (label: string) => boolean): { entities: number; acted: number } => {
      const rows = Object.entries(byLabel).filter(([label]) => wanted(label))
      return {
        entities: rows.reduce((all, [, { entities }]) => all + entities, 0),
        acted: rows.reduce((all, [, { acted }]) => all + acted, 0),
      }
    }
    const attackers = sum(isAttack)
    const { family = '', setting = '' } = names[at] ?? {}
    return {
      family,
      setting,
      attack: {
        calls,
        leaked: leaked[at] ?? 0,
        entities: attackers.entities,
        found: attackers.acted,
        firstCallMs,
        firstActedMs: firstActedMs[at],
        callsByDay,
        leakedByDay: callsByDay.map((_, day) => leakedByDay[at]?.[day] ?? 0),
      },
      honest: sum(isHonest),
      byLabel: Object.fromEntries(Object.entries(byLabel).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }
  }

  return {
    count: ({ entity, label, atMs, acted }) => {
      let one = known.get(entity)
      if (one === undefined) {
        one = { label, acted: new Uint8Array(names.length) }
        known.set(entity, one)
      }
      const attack = isAttack(label)
      const day = Math.max(0, Math.floor((atMs - fromMs) / DAY_MS))
      if (attack) {
        calls++
        firstCallMs ??= atMs
        plus(callsByDay, day)
      }
      for (let at = 0; at < names.length; at++) {
        if (acted[at] === true) {
          one.acted[at] = 1
          if (attack) firstActedMs[at] ??= atMs
        } else if (attack) {
          leaked[at] = (leaked[at] ?? 0) + 1
          plus(leakedByDay[at] ?? [], day)
        }
      }
    },
    scores: () => names.map((_, at) => scoreOf(at)),
  }
}

/** Share of honest entities that a setting may act on before it counts as no answer: one in a thousand. */
export const HARMLESS_SHARE = 1e-3

/** The same for who would take much harm into the bargain: one in twenty. */
export const COSTLY_SHARE = 0.05

/**
 * The best setting of a family, with hindsight: the least leak among those that act on at most `maxShare`
 * of the honest entities, and where none does, the one that acts on fewest.
 */
export const bestOf = (scores: readonly Score[], maxShare = HARMLESS_SHARE): Score | undefined => {
  const share = ({ honest }: Score): number => honest.acted / Math.max(1, honest.entities)
  const allowed = scores.filter((score) => share(score) <= maxShare)
  return allowed.length > 0
    ? allowed.toSorted((a, b) => a.attack.leaked - b.attack.leaked || share(a) - share(b))[0]
    : scores.toSorted((a, b) => share(a) - share(b) || a.attack.leaked - b.attack.leaked)[0]
}
