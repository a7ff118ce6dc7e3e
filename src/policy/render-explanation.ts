import { formatAmount, formatQuota } from '../core/amount-text.ts'
import { isOverrideRule } from '../core/override.ts'
import { reshapeText } from '../core/reshape.ts'
import { formatDuration } from '../core/time.ts'
import { inVainText, termsText, type ExplainedChallenge } from './explain-challenge.ts'
import type { Explanation, ExplainedLimit } from './explain.ts'
import type { Leaf, ShownFact } from './leaves.ts'
import type { Place } from './policy.ts'

const INDENT = '    '

/** How a counter stands, in what it counts. */
export type CounterReading = {
  readonly quota: number
  readonly consumed: number
  readonly remaining: number
  /** 0 for calls in progress, which have no window. */
  readonly resetMs: number
  /** RFC 3339; absent for calls in progress. */
  readonly resetsAt: string | undefined
}

/** Counters by the id of their limit, where they were read. */
export type CounterReadings = ReadonlyMap<string, CounterReading>

const show = ({ fact, value, unknown }: ShownFact): string =>
  `${fact} = ${value === undefined ? `unknown (${unknown})` : JSON.stringify(value)}`

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

const leafLines = (leaves: readonly Leaf[]): string[] =>
  leaves.map((leaf) => {
    const value = leaf.value === undefined ? 'unknown' : String(leaf.value)
    const facts = leaf.facts.map(show).join(', ')
    const error =
      leaf.broken === undefined || leaf.facts.some((fact) => fact.unknown) ? '' : leaf.broken
    if (leaf.text === 'true' && facts === '') return `${INDENT}always`
    const notes = [facts, error].filter((note) => note !== '').join('; ')
    return `${INDENT}${value.padEnd(8)}${leaf.text}${notes === '' ? '' : `   [${notes}]`}`
  })

/** Clearances that are named; an account seldom holds more than one or two. */
const MAX_NAMED = 5

const challengeLines = ({ terms, difficulty, passedBy, inVain }: ExplainedChallenge): string[] => {
  const asks = `${INDENT}asks    ${termsText(terms)}`
  const more = inVain.length - MAX_NAMED
  const lines = [
    passedBy === undefined ? asks : `${asks}; already passed`,
    ...inVain.slice(0, MAX_NAMED).map((one) => `${INDENT}holds   ${inVainText(one)}`),
    ...(more > 0 ? [`${INDENT}        and ${more} more that do not do`] : []),
  ]
  if (difficulty === undefined) return lines
  const { text, broken, facts } = difficulty
  const shown = broken === undefined ? String(terms.difficulty) : `unknown: ${broken}`
  return [
    ...lines,
    `${INDENT}work    ${oneLine(text)} = ${shown}   [${facts.map(show).join(', ')}]`,
  ]
}

type Row = {
  readonly id: string
  readonly effect: string
  readonly place: Place
  readonly leaves: readonly Leaf[]
  readonly challenge?: ExplainedChallenge
}

const block = (title: string, row: Row): string[] => [
  `  ${title}   (${row.place.file}:${row.place.line})`,
  ...leafLines(row.leaves),
  ...(row.challenge === undefined ? [] : challengeLines(row.challenge)),
]

const counterLine = (
  { id, demand }: ExplainedLimit,
  counters: CounterReadings | undefined,
): string[] => {
  if (demand === undefined || counters === undefined) return []
  const found = counters.get(id)
  if (found === undefined)
    return [`${INDENT}used    not known: the running guard has no such counter`]
  const { consumed, quota, remaining, resetMs, resetsAt } = found
  const { counted } = demand
  // A window that nothing has been used of begins with the next call.
  const reset =
    resetsAt === undefined || resetMs === 0
      ? ''
      : `, resets in ${formatDuration(resetMs)} (${resetsAt})`
  const used = `${formatAmount(counted, consumed)} of ${formatQuota(counted, quota)}`
  return [`${INDENT}used    ${used}, ${formatAmount(counted, remaining)} left${reset}`]
}

const limitLines = (limit: ExplainedLimit, counters: CounterReadings | undefined): string[] => {
  const lines = block(`${limit.id}: ${limit.effect}`, limit)
  lines.push(`${INDENT}per     ${limit.per.map(show).join(', ')}`)
  if (limit.scale !== undefined) {
    const { text, value, broken, facts } = limit.scale
    const shown = value === undefined ? `unknown: ${broken}` : String(value)
    lines.push(`${INDENT}scale   ${oneLine(text)} = ${shown}   [${facts.map(show).join(', ')}]`)
  }
  if (limit.demand !== undefined) lines.push(`${INDENT}counter ${limit.demand.key}`)
  lines.push(...counterLine(limit, counters))
  return lines
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines]

/**
 * An explanation as text for a terminal: the verdict first, then the rule that decided, then everything
 * else in the order it was looked at. `counters` are those of a running guard, where they were read.
 */
export const renderExplanation = (explanation: Explanation, counters?: CounterReadings): string => {
  const { verdict, rule, why, tier, factor, score, scoreReasons, tags } = explanation
  const by = rule === undefined ? 'no rule decided' : isOverrideRule(rule) ? rule : `rule ${rule}`
  const reason = why === undefined ? '' : `: ${why}`
  const from = scoreReasons.length === 0 ? '' : ` (${scoreReasons.join(', ')})`
  const marks = tags.length === 0 ? '' : `, tags ${tags.join(', ')}`
  const { reshape, reshapedBy } = explanation
  const shaped =
    reshape === undefined ? [] : [`reshaped by ${reshapedBy.join(', ')}: ${reshapeText(reshape)}`]
  const wait =
    explanation.retryAfterS === undefined ? '' : `, retry after ${explanation.retryAfterS} s`
  const deciding = explanation.rules.filter((entry) => entry.id === rule)
  const asked =
    explanation.challenge === undefined ? '' : `, asked for ${explanation.challenge.kind}`
  const others = explanation.rules.filter((entry) => entry.id !== rule)
  const unknown = explanation.reasons.map((entry) =>
    entry.kind === 'unknown'
      ? `  ${entry.in}: ${entry.fact} is unknown (${entry.why})`
      : `  ${entry.in}: ${entry.text}`,
  )
  return [
    `${verdict.toUpperCase()}${wait}${asked}   ${by}${reason}`,
    `tier ${tier} (factor ${factor}), score ${score}${from}${marks}, policy ${explanation.revision}`,
    ...shaped,
    ...section(
      'What decided',
      deciding.flatMap((entry) => block(`${entry.id}: ${entry.effect}`, entry)),
    ),
    ...section('What could not be evaluated', unknown),
    ...section(
      'Other rules',
      others.flatMap((entry) => block(`${entry.id} (${entry.action}): ${entry.effect}`, entry)),
    ),
    ...section(
      'Limits',
      explanation.limits.flatMap((limit) => limitLines(limit, counters)),
    ),
    ...section(
      'Tiers',
      explanation.tiers.flatMap((entry) => block(`${entry.id}: ${entry.effect}`, entry)),
    ),
    ...section(
      'Weights',
      explanation.weights.flatMap((entry) => block(`${entry.id}: ${entry.effect}`, entry)),
    ),
    '',
  ].join('\n')
}
