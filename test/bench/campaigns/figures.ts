import { bestOf, COSTLY_SHARE, HARMLESS_SHARE, isAttack, isHonest, type Score } from './score.ts'
import type { RunResult } from './run-scenario.ts'

/** Honest entities that one way acted on, of all it saw. */
export type Harm = { readonly entities: number; readonly acted: number }

/** How one way did in the runs of one row, over all their seeds. */
export type WayFigures = {
  readonly family: string
  readonly setting: string
  /** Share of the campaign's calls that it did not act on. */
  readonly leak: number
  /** Share of the campaign's entities that it acted on at all. */
  readonly recall: number
  readonly honest: Harm
}

/** How the guard did, beyond what every way can tell. */
export type GuardFigures = WayFigures & {
  /** Share of the campaign's calls that were forwarded, under the budget too. */
  readonly forwarded: number
  /** Days from the first call of the campaign to the first that met a mark of level 2, of the slowest seed. */
  readonly daysToAction: number | undefined
  /** Share of a campaign's members that belong to one, over all that act; `undefined` where none acts. */
  readonly purity: number | undefined
  /** Honest entities by the highest level they reached, 0 to 4. */
  readonly honestByLevel: readonly number[]
  /** The same for each honest label. */
  readonly byLabel: { readonly [label: string]: readonly number[] }
}

/** Runs of one row, a seed each. */
export type Row = {
  readonly name: string
  readonly runs: readonly RunResult[]
  readonly guard: GuardFigures
  /** Of each baseline its best setting over all seeds that leaves honest entities alone. */
  readonly baselines: readonly WayFigures[]
  /** The same where one honest entity in twenty may be acted on. */
  readonly costly: readonly WayFigures[]
}

const DAY_MS = 86_400_000

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** Scores of one setting over several seeds as one. */
const pooled = (scores: readonly Score[]): Score | undefined => {
  const [first] = scores
  if (first === undefined) return undefined
  const days = Math.max(...scores.map(({ attack }) => attack.callsByDay.length))
  const byDay = (of: (attack: Score['attack']) => readonly number[]): number[] =>
    Array.from({ length: days }, (_, day) => sum(scores.map(({ attack }) => of(attack)[day] ?? 0)))
  return {
    ...first,
    attack: {
      ...first.attack,
      calls: sum(scores.map(({ attack }) => attack.calls)),
      leaked: sum(scores.map(({ attack }) => attack.leaked)),
      entities: sum(scores.map(({ attack }) => attack.entities)),
      found: sum(scores.map(({ attack }) => attack.found)),
      callsByDay: byDay(({ callsByDay }) => callsByDay),
      leakedByDay: byDay(({ leakedByDay }) => leakedByDay),
    },
    honest: {
      entities: sum(scores.map(({ honest }) => honest.entities)),
      acted: sum(scores.map(({ honest }) => honest.acted)),
    },
  }
}

/** Every way of these runs with its scores over all seeds, one entry a setting, the guard first. */
export const pooledScores = (runs: readonly RunResult[]): Score[] =>
  (runs[0]?.scores ?? []).flatMap(
    (_, at) =>
      pooled(runs.flatMap(({ scores }) => (scores[at] === undefined ? [] : [scores[at]]))) ?? [],
  )

const wayOf = ({ family, setting, attack, honest }: Score): WayFigures => ({
  family,
  setting,
  leak: ratio(attack.leaked, attack.calls),
  recall: ratio(attack.found, attack.entities),
  honest,
})

const levelsOf = (
  runs: readonly RunResult[],
  wanted: (label: string) => boolean,
): { readonly [label: string]: number[] } => {
  const found: { [label: string]: number[] } = {}
  for (const { summary } of runs) {
    for (const [label, { entities_by_level: levels }] of Object.entries(summary.labels)) {
      if (!wanted(label)) continue
      const row = (found[label] ??= [0, 0, 0, 0, 0])
      for (const [level, count] of levels.entries()) row[level] = (row[level] ?? 0) + count
    }
  }
  return found
}

const purityOf = (runs: readonly RunResult[]): number | undefined => {
  const acting = runs.flatMap(({ summary }) => summary.campaigns).filter(({ level }) => level >= 2)
  const members = acting.flatMap(({ members_by_label: by }) => Object.entries(by))
  const all = sum(members.map(([, count]) => count))
  const right = sum(members.filter(([label]) => isAttack(label)).map(([, count]) => count))
  return all === 0 ? undefined : right / all
}

const daysToAction = (runs: readonly RunResult[]): number | undefined => {
  const days = runs.map(({ scores }) => {
    const { firstCallMs, firstActedMs } = scores[0]?.attack ?? {}
    return firstCallMs === undefined || firstActedMs === undefined
      ? Number.NaN
      : (firstActedMs - firstCallMs) / DAY_MS
  })
  const slowest = Math.max(...days)
  return Number.isFinite(slowest) ? slowest : undefined
}

/** What the runs of one row came to. */
export const rowOf = (name: string, runs: readonly RunResult[]): Row => {
  const [own, ...others] = pooledScores(runs)
  if (own === undefined) throw new Error(`${name}: no run`)
  const attacks = runs.flatMap(({ summary }) =>
    Object.entries(summary.labels).flatMap(([label, counts]) => (isAttack(label) ? [counts] : [])),
  )
  const byLabel = levelsOf(runs, isHonest)
  const families = [...new Set(others.map(({ family }) => family))]
  const best = (maxShare: number): WayFigures[] =>
    families.flatMap((family) => {
      const found = bestOf(
        others.filter((score) => score.family === family),
        maxShare,
      )
      return found === undefined ? [] : [wayOf(found)]
    })
  return {
    name,
    runs,
    guard: {
      ...wayOf(own),
      forwarded: ratio(
        sum(attacks.map(({ forwarded }) => forwarded)),
        sum(attacks.map(({ calls }) => calls)),
      ),
      daysToAction: daysToAction(runs),
      purity: purityOf(runs),
      honestByLevel: [0, 1, 2, 3, 4].map((level) =>
        sum(Object.values(byLabel).map((levels) => levels[level] ?? 0)),
      ),
      byLabel,
    },
    baselines: best(HARMLESS_SHARE),
    costly: best(COSTLY_SHARE),
  }
}
