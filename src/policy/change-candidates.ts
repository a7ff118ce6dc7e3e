import { FACT_SLOT, FACTS, UNKNOWN, Unknown, type FactName, type FactValue } from '../core/facts.ts'
import { heldText } from '../core/held-clearance.ts'
import { COUNTRY_CODES, COUNTRY_FACTS } from './country-codes.ts'
import { nodesOf, partsOf, type Expression } from './expression.ts'
import type { Policy } from './policy.ts'
import type { Sheet } from './sheet.ts'
import { valuesOfFact } from './vocabulary.ts'

/** One fact with another value than it has: a known one, or unknown. */
export type Candidate = {
  readonly fact: FactName
  readonly to: FactValue | Unknown
  /** How far that is from what it is; smaller is nearer. */
  readonly distance: number
}

/** What is counted in whole numbers moves by one, everything else by a hundredth. */
const FRACTIONAL = /(?:age_days|age_s|usd|score|pressure|_ms)$/
const UNKNOWN_DISTANCE = 3
const MAX_VALUES = 16
/** A text that no condition names. */
const OTHER_TEXT = 'something-else'

const WORKED_OUT = /^(?:trust|risk)\./

/** Kinds of node that compare what is below them. */
const COMPARES: ReadonlySet<Expression['kind']> = new Set([
  'equal',
  'unequal',
  'in',
  'number-order',
  'text-order',
  'test',
  'matches',
  'quantifier',
])

type Collected = Map<FactName, Set<FactValue>>

const factsIn = (expression: Expression): FactName[] =>
  nodesOf(expression).flatMap((node) =>
    node.kind === 'fact' || node.kind === 'has' ? [node.fact] : [],
  )

const literalsIn = (expression: Expression): (string | number | boolean)[] =>
  nodesOf(expression).flatMap((node) => (node.kind === 'literal' ? [node.value] : []))

const into = (found: Collected, fact: FactName): Set<FactValue> => {
  const values = found.get(fact) ?? new Set()
  found.set(fact, values)
  return values
}

/** Values that a comparison names, for each fact in it; of two facts also each other's value. */
const collectComparison = (comparison: Expression, sheet: Sheet, found: Collected): void => {
  const names = factsIn(comparison)
  const literals = literalsIn(comparison)
  const others = names.flatMap((name) => {
    const value = sheet[FACT_SLOT[name]]
    return typeof value === 'string' || typeof value === 'number' ? [value] : []
  })
  for (const name of names) {
    const values = into(found, name)
    for (const value of [...literals, ...others]) values.add(value)
  }
}

/** Facts an expression reads, with the values it compares them with. */
const collect = (expression: Expression, sheet: Sheet, found: Collected): void => {
  if (expression.kind === 'fact' || expression.kind === 'has') into(found, expression.fact)
  if (COMPARES.has(expression.kind)) collectComparison(expression, sheet, found)
  for (const part of partsOf(expression)) collect(part, sheet, found)
}

const numbersNear = (name: FactName, values: readonly FactValue[]): FactValue[] => {
  const step = FRACTIONAL.test(name) ? 0.01 : 1
  return values.flatMap((value) =>
    typeof value === 'number'
      ? [value, Number((value + step).toFixed(6)), Number((value - step).toFixed(6))]
      : [],
  )
}

const textsNear = (name: FactName, values: readonly FactValue[]): FactValue[] => {
  const closed = valuesOfFact(name)
  if (closed !== undefined) return [...closed]
  const texts = values.filter((value) => typeof value === 'string')
  const other = COUNTRY_FACTS.has(name)
    ? COUNTRY_CODES.find((code) => !texts.includes(code))
    : OTHER_TEXT
  return other === undefined ? texts : [...texts, other]
}

const listsNear = (now: FactValue | Unknown | undefined, values: readonly FactValue[]) => {
  const had = Array.isArray(now) ? now.map(String) : []
  const texts = values.filter((value) => typeof value === 'string')
  return [
    ...texts.map((text) =>
      had.includes(text) ? had.filter((entry) => entry !== text) : [...had, text],
    ),
    [],
  ]
}

const valuesNear = (
  name: FactName,
  now: FactValue | Unknown | undefined,
  values: readonly FactValue[],
): readonly FactValue[] => {
  switch (FACTS[name].type) {
    case 'boolean':
      return [true, false]
    case 'number':
      return numbersNear(name, values)
    case 'string':
      return textsNear(name, values)
    case 'list':
  }
  return listsNear(now, values)
}

const distanceOf = (from: FactValue | Unknown | undefined, to: FactValue): number => {
  if (from === undefined || from instanceof Unknown) return 2
  if (typeof from !== 'number' || typeof to !== 'number') return 1
  return Math.abs(to - from) / Math.max(1, Math.abs(from), Math.abs(to))
}

const same = (from: FactValue | Unknown | undefined, to: FactValue): boolean =>
  JSON.stringify(from) === JSON.stringify(to)

/** Expressions of a policy that lead from facts to a tier, a score or a verdict. */
const expressionsOf = (policy: Policy): readonly Expression[] => [
  ...policy.rules
    .filter(({ mode }) => mode === 'enforce')
    .map(({ condition }) => condition.expression),
  ...policy.tiers.map(({ condition }) => condition.expression),
  ...policy.weights.map(({ condition }) => condition.expression),
]

/** The clearance with which each challenge of a policy counts as passed, as new as can be. */
const clearances = (policy: Policy): readonly (readonly [FactName, FactValue])[] =>
  policy.rules.flatMap(({ challenge }) =>
    challenge === undefined
      ? []
      : [
          [
            'clearance.held',
            [heldText({ kind: challenge.terms.kind, ageS: 0, bound: challenge.terms.bind })],
          ] as const,
        ],
  )

/**
 * Other values that facts could have had, drawn from what a policy itself asks: thresholds and what lies
 * just beside them, members of closed sets, texts that a condition names and one that none names, absence.
 * What the policy works out itself (`trust.*`, `risk.*`) is left to the facts it is made of, and `fixed`
 * facts stay. Facts of `first` come first, then as the policy is written; of one fact the nearest first.
 */
export const changeCandidates = (
  policy: Policy,
  sheet: Sheet,
  options: {
    /** Further expressions that matter, looked at before all others. */
    readonly first?: readonly Expression[]
    readonly fixed?: ReadonlySet<FactName>
  } = {},
): readonly Candidate[] => {
  const found: Collected = new Map()
  for (const expression of options.first ?? []) collect(expression, sheet, found)
  for (const expression of expressionsOf(policy)) collect(expression, sheet, found)
  const passed = clearances(policy)
  for (const [fact] of passed) into(found, fact)
  const said = sheet[FACT_SLOT['override.verdict']]
  if (said === 'allow' || said === 'deny') into(found, 'override.verdict')
  return [...found].flatMap(([fact, compared]): readonly Candidate[] => {
    if (WORKED_OUT.test(fact) || options.fixed?.has(fact) === true) return []
    const now = sheet[FACT_SLOT[fact]]
    const near = fact === 'override.verdict' ? ['none'] : valuesNear(fact, now, [...compared])
    const held = passed.flatMap(([name, value]) => (name === fact ? [value] : []))
    const unique = new Map([...near, ...held].map((value) => [JSON.stringify(value), value]))
    const known = [...unique.values()]
      .filter((to) => !same(now, to))
      .map((to) => ({ fact, to, distance: distanceOf(now, to) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, MAX_VALUES)
    if (now === undefined || now instanceof Unknown) return known
    return [...known, { fact, to: UNKNOWN.absent, distance: UNKNOWN_DISTANCE }]
  })
}
