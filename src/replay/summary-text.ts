import { summaryNotes } from './summary-notes.ts'
import type { LabelSummary, LimitSummary, RuleSummary, Summary } from './summary.ts'

const LABEL_COLUMNS = [
  'calls',
  'entities',
  'forwarded',
  'reshaped',
  'challenged',
  'solved',
  'throttled',
  'denied',
  'tokens',
] as const satisfies readonly (keyof LabelSummary)[]

const MAX_ROWS = 50
const MAX_NAME_CHARS = 48

const count = (value: number): string => value.toLocaleString('en-US')

const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** Names come from files; nothing of them may steer a terminal. */
const plain = (name: string): string => {
  const safe = name.replaceAll(/[^\P{C}]/gu, '?')
  return safe.length > MAX_NAME_CHARS ? `${safe.slice(0, MAX_NAME_CHARS - 1)}…` : safe
}

/** A moment as people read it; UTC. */
const moment = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')

/** Rows under a head, the first column to the left, all others to the right. */
const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

const cut = <T>(rows: readonly T[]): readonly T[] => rows.slice(0, MAX_ROWS)

const labelRows = ({ labels }: Summary): string[] =>
  table([
    ['label', ...LABEL_COLUMNS, 'level 0/1/2/3/4'],
    ...cut(Object.entries(labels)).map(([label, one]) => [
      plain(label),
      ...LABEL_COLUMNS.map((column) => count(one[column])),
      one.entities_by_level.join('/'),
    ]),
  ])

const hitRows = (
  what: string,
  hits: readonly (readonly [name: string, verdict: string, hits: RuleSummary | LimitSummary])[],
): string[] =>
  hits.length === 0
    ? []
    : [
        '',
        ...table([
          [what, 'then', 'calls', 'entities', 'in shadow', ...(what === 'rule' ? ['passed'] : [])],
          ...cut(hits.toSorted(([, , a], [, , b]) => b.calls - a.calls)).map(
            ([name, verdict, one]) => [
              plain(name),
              verdict,
              count(one.calls),
              count(one.entities),
              count(one.shadow),
              ...('passed' in one && one.passed !== undefined ? [count(one.passed)] : []),
            ],
          ),
        ]),
      ]

const campaignRows = ({ campaigns }: Summary): string[] =>
  campaigns.length === 0
    ? ['', 'no campaign was found']
    : [
        '',
        ...table([
          ['campaign', 'level', 'members', 'linked', 'first limited', 'axes', 'labels'],
          ...cut(campaigns.toSorted((a, b) => b.level - a.level || b.members - a.members)).map(
            (one) => [
              plain(one.id),
              String(one.level),
              count(one.members),
              moment(one.first_linked_at),
              one.first_action_at === null ? 'none' : moment(one.first_action_at),
              one.axes.join('+') || 'none',
              Object.entries(one.members_by_label)
                .map(([label, members]) => `${plain(label)} ${count(members)}`)
                .join(', '),
            ],
          ),
        ]),
      ]

/**
 * What a replay came to, for people: what would have become of whose calls, and through which rule. Ends
 * with what to know before it is believed; `accountsFile` is named there.
 */
export const summaryText = (summary: Summary, accountsFile: string): string => {
  const { calls, wall_s, from, to, revision, rules, limits, faults } = summary
  const span = from === null || to === null ? '' : `, ${moment(from)} to ${moment(to)} UTC`
  const rate = wall_s > 0 ? Math.round(calls / wall_s) : 0
  const notes = summaryNotes(summary, accountsFile)
  return [
    `${plural(calls, 'call', 'calls')}${span}, by policy ${revision}, in ${wall_s.toFixed(1)} s (${count(rate)} a second)`,
    '',
    ...labelRows(summary),
    ...hitRows(
      'rule',
      Object.entries(rules).map(([name, hits]) => [name, hits.verdict, hits] as const),
    ),
    ...hitRows(
      'limit',
      Object.entries(limits).map(([name, hits]) => [name, 'throttle', hits] as const),
    ),
    ...(Object.keys(faults).length === 0
      ? []
      : [
          '',
          `refused before any policy (counted as denied): ${Object.entries(faults)
            .map(([code, times]) => `${code} ${count(times)}`)
            .join(', ')}`,
        ]),
    ...campaignRows(summary),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => note.replaceAll(/[^\P{C}]/gu, '?'))]),
    '',
  ].join('\n')
}
