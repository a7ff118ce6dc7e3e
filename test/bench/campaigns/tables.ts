import type { Cost } from './cost.ts'
import type { Row } from './figures.ts'
import { upperBound } from './interval.ts'

/** A table as text and as Markdown. */
export type Table = {
  readonly title: string
  /** Sentences under the title. */
  readonly says: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

const days = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(1))

/** A share of honest entities with what it leaves possible: `0 of 2,431 (< 0.12 %)`. */
export const harmText = (acted: number, entities: number): string =>
  `${acted} of ${entities.toLocaleString('en-US')} (< ${percent(upperBound(acted, entities), 2)})`

const atLeast = (levels: readonly number[], level: number): number =>
  levels.slice(level).reduce((all, one) => all + one, 0)

/** How the guard did, row by row. */
export const guardTable = (
  title: string,
  says: readonly string[],
  rows: readonly Row[],
): Table => ({
  title,
  says,
  columns: [
    'run',
    'seeds',
    'members found',
    'leak before action',
    'forwarded in all',
    'days to action',
    'purity',
    'honest at level 1+',
    'honest at level 2+',
    'honest at level 3+',
  ],
  rows: rows.map(({ name, runs, guard }) => {
    const honest = guard.honestByLevel.reduce((all, one) => all + one, 0)
    const attacked = runs.some(({ scores }) => (scores[0]?.attack.calls ?? 0) > 0)
    return [
      name,
      String(runs.length),
      attacked ? percent(guard.recall) : '-',
      attacked ? percent(guard.leak) : '-',
      attacked ? percent(guard.forwarded) : '-',
      days(guard.daysToAction),
      guard.purity === undefined ? '-' : percent(guard.purity),
      harmText(atLeast(guard.honestByLevel, 1), honest),
      harmText(atLeast(guard.honestByLevel, 2), honest),
      harmText(atLeast(guard.honestByLevel, 3), honest),
    ]
  }),
})

/** The guard beside a setting of every baseline, on the same calls: leak, and honest entities acted on. */
export const baselineTable = (
  title: string,
  says: readonly string[],
  rows: readonly Row[],
  waysOf = ({ baselines }: Row) => baselines,
): Table => {
  const families = rows[0]?.baselines.map(({ family }) => family) ?? []
  return {
    title,
    says,
    columns: ['run', 'Stillwatch', ...families],
    rows: rows.map((row) => [
      row.name,
      ...[row.guard, ...waysOf(row)].map(
        ({ leak, honest, setting }, at) =>
          `${percent(leak)}, ${percent(honest.acted / Math.max(1, honest.entities), 2)} honest${at === 0 ? '' : ` (${setting})`}`,
      ),
    ]),
  }
}

/** Honest groups by the highest level their entities reached. */
export const groupTable = (title: string, says: readonly string[], row: Row): Table => ({
  title,
  says,
  columns: [
    'group',
    'entities',
    'level 0',
    'level 1',
    'level 2',
    'level 3',
    'level 4',
    '2+ at most (95 %)',
  ],
  rows: Object.entries(row.guard.byLabel).map(([label, levels]) => {
    const all = levels.reduce((sum, one) => sum + one, 0)
    return [
      label,
      String(all),
      ...levels.map(String),
      percent(upperBound(atLeast(levels, 2), all), 2),
    ]
  }),
})

/** What finding campaigns costs. */
export const costTable = (cost: Cost): Table => ({
  title: 'Cost',
  says: [
    `Processor time on the calls of a naive campaign among small customers: ${cost.calls.toLocaleString('en-US')} calls of ${cost.entities.toLocaleString('en-US')} entities. Memory of a million accounts is measured by test/bench/detector.ts.`,
  ],
  columns: ['figure', 'value'],
  rows: [
    [
      'replay without a detector, simulation included, a call',
      `${cost.guardUsPerCall.toFixed(0)} µs`,
    ],
    ['detector with its passes, a call', `${cost.detectorUsPerCall.toFixed(1)} µs`],
    [
      'pass, median and longest',
      `${cost.passMs.median.toFixed(1)} ms, ${cost.passMs.longest.toFixed(0)} ms`,
    ],
    ['memory of an empty detector', `${(cost.emptyBytes / 1e6).toFixed(1)} MB`],
    [
      'memory an entity beyond that',
      `${((cost.heldBytes - cost.emptyBytes) / cost.entities).toFixed(0)} B`,
    ],
  ],
})

/** A table for a terminal: columns as wide as their widest cell. */
export const tableText = ({ title, says, columns, rows }: Table): string => {
  const widths = columns.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
  return [`\n${title}`, ...says, line(columns), ...rows.map(line)].join('\n')
}

/** The same for a Markdown file. */
export const tableMarkdown = ({ title, says, columns, rows }: Table): string =>
  [
    `## ${title}`,
    '',
    ...says.flatMap((sentence) => [sentence, '']),
    `| ${columns.join(' | ')} |`,
    `| ${columns.map((_, at) => (at === 0 ? '---' : '---:')).join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  ].join('\n')
