import { countText, minuteText } from './campaigns-figures.ts'
import { harmless, table, type Paint } from './campaigns-table.ts'
import type { ToldHarm } from './switches-wire.ts'

const COLUMNS = [
  { title: 'DECISION' },
  { title: 'AT' },
  { title: 'ENTITY' },
  { title: 'CHANGE' },
  { title: 'BY' },
]
const MAX_EXAMPLES = 10

/** Whom a change of switches would refuse, for a terminal, and how to go on. */
export const harmText = (
  { detail, harm, calls = 0, judged = 0, examples }: ToldHarm,
  { nowMs, paint }: { readonly nowMs: number; readonly paint: Paint },
): string => {
  const because =
    harm === undefined
      ? [`stillwatch: ${harmless(detail, 300)}`]
      : [
          `stillwatch: nothing was changed, for ${harm.because.map((one) => harmless(one)).join('; ')}`,
          `  proven that would newly be refused: ${countText(harm.proven_refused)}, not known: ${countText(harm.proven_unjudged)}`,
          `  by ${countText(calls)} recorded calls, ${countText(judged)} judged`,
        ]
  const rows = examples
    .slice(0, MAX_EXAMPLES)
    .map((one) => [
      harmless(one.decision, 64),
      minuteText(Date.parse(one.at), nowMs),
      harmless(one.entity ?? '-', 40),
      `${one.from} to ${one.to}`,
      harmless(one.rule_after ?? one.rule_before ?? '-', 64),
    ])
  const shown = rows.length === 0 ? [] : ['', ...table(COLUMNS, rows, paint), '']
  return `${[...because, ...shown, 'add --confirm to go on'].join('\n')}\n`
}
