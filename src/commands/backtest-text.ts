import { countText, minuteText } from './campaigns-figures.ts'
import { harmless, table, type Cell, type Column, type Paint } from './campaigns-table.ts'
import type { ToldBacktest } from './backtest-wire.ts'

const right = (title: string): Column => ({ title, right: true })

const section = (
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): readonly string[] =>
  rows.length === 0 ? [] : ['', paint('bold', title), ...table(columns, rows, paint)]

const ENDED = {
  all_read: 'all there are',
  bytes: 'as many as may be read at once',
  time: 'as many as the time allows',
} as const

const spanText = (from: string | undefined, until: string | undefined, nowMs: number): string =>
  from === undefined || until === undefined
    ? ''
    : `, ${minuteText(Date.parse(from), nowMs)} to ${minuteText(Date.parse(until), nowMs)} UTC`

const windowLines = ({ calls, judged, window }: ToldBacktest, nowMs: number): readonly string[] => {
  const { newest, hits, ended_by: ended } = window
  const share = calls === 0 ? '' : ` (${((judged / calls) * 100).toFixed(1)} %)`
  return [
    `${countText(calls)} recorded calls, ${countText(judged)} judged${share}`,
    `  the newest ${countText(newest.calls)}${spanText(newest.from, newest.until, nowMs)}${ended === undefined ? '' : `; ${ENDED[ended]}`}`,
    ...(hits.calls === 0
      ? []
      : [
          `  ${countText(hits.calls)} older ones that met what changes${spanText(hits.from, hits.until, nowMs)}`,
        ]),
    ...(window.unread ? ['  some of the records could not be read'] : []),
  ]
}

const entityLine = ({ entities }: ToldBacktest): string =>
  `${countText(entities.changed)} of ${countText(entities.seen)} entities change, ${countText(entities.newly_refused)} are newly refused; proven among those: ${countText(entities.newly_refused_proven)} of ${countText(entities.proven)}`

const doubtLines = ({ unjudged, unlike_record: unlike, reshaped }: ToldBacktest): string[] => [
  ...(unjudged.calls === 0
    ? []
    : [
        `${countText(unjudged.calls)} calls could not be judged; not in the records as they were: ${unjudged.facts.map(({ fact }) => harmless(fact, 60)).join(', ')}`,
      ]),
  ...(unlike.calls === 0
    ? []
    : [
        `${countText(unlike.calls)} calls were recorded with another verdict than the policy in force gives them now`,
      ]),
  ...(reshaped.more === 0 && reshaped.less === 0
    ? []
    : [
        `${countText(reshaped.more)} calls more lose something of their request, ${countText(reshaped.less)} no longer do`,
      ]),
]

/** A backtest as a report for a terminal. */
export const backtestText = (
  told: ToldBacktest,
  { nowMs, paint }: { readonly nowMs: number; readonly paint: Paint },
): string => {
  const count = (value: number): Cell => countText(value)
  const proven = (value: number): Cell =>
    value === 0 ? countText(value) : { text: countText(value), look: 'red' }
  const lines = [
    `Policy ${harmless(told.revision.before, 40)} in force, ${told.revision.before === told.revision.after ? 'with other switches' : `changed to ${harmless(told.revision.after, 40)}`}`,
    ...windowLines(told, nowMs),
    '',
    told.transitions.length === 0 ? 'No verdict changes.' : entityLine(told),
    ...doubtLines(told),
    ...section(
      'Verdicts that change',
      [{ title: 'FROM' }, { title: 'TO' }, right('CALLS'), right('ENTITIES'), right('PROVEN')],
      told.transitions.map((one) => [
        one.from,
        one.to,
        count(one.calls),
        count(one.entities),
        proven(one.proven),
      ]),
      paint,
    ),
    ...section(
      'Rules',
      [
        { title: 'RULE' },
        right('ACTS NOW'),
        right('WOULD ACT'),
        right('SHADOW NOW'),
        right('WOULD SHADOW'),
      ],
      told.rules.map((one) => [
        harmless(one.rule, 64),
        count(one.acts_before),
        count(one.acts_after),
        count(one.shadow_before),
        count(one.shadow_after),
      ]),
      paint,
    ),
    ...section(
      'Limits, by the counters in the records',
      [
        { title: 'LIMIT' },
        right('NEWLY REFUSED'),
        right('ENTITIES'),
        right('PROVEN'),
        right('NOT KNOWN'),
      ],
      told.limits.map(({ limit, newly_refused: refused, unjudged }) => [
        harmless(limit, 64),
        count(refused.calls),
        count(refused.entities),
        proven(refused.proven),
        count(unjudged.calls),
      ]),
      paint,
    ),
    ...section(
      'Newest examples',
      [
        { title: 'DECISION' },
        { title: 'AT' },
        { title: 'ENTITY' },
        { title: 'CHANGE' },
        { title: 'BY' },
      ],
      told.examples.map((one) => [
        harmless(one.decision, 64),
        minuteText(Date.parse(one.at), nowMs),
        harmless(one.entity ?? '-', 40),
        `${one.from} to ${one.to}`,
        harmless(one.rule_after ?? one.rule_before ?? '-', 64),
      ]),
      paint,
    ),
    '',
    told.harm.confirm
      ? paint(
          'red',
          `Has to be confirmed: ${told.harm.because.map((one) => harmless(one)).join('; ')}.`,
        )
      : paint('green', 'Needs no confirmation.'),
    ...told.notes.map((note) => paint('dim', `Note: ${harmless(note, 300)}.`)),
  ]
  return `${lines.join('\n')}\n`
}
