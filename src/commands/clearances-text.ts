import { minuteText } from './campaigns-figures.ts'
import { harmless, table, type Cell, type Paint } from './campaigns-table.ts'
import type { ToldClearance, ToldClearances } from './clearances-wire.ts'

const LOOKS = { granted: 'green', refused: 'red', revoked: 'dim' } as const

const COLUMNS = [
  { title: 'ID' },
  { title: 'KIND' },
  { title: 'STATE' },
  { title: 'OF' },
  { title: 'SINCE' },
  { title: 'UNTIL' },
  { title: 'WHY' },
]

const whose = ({ account, credential = '' }: ToldClearance): string =>
  harmless(account ?? `credential ${credential}`, 60)

const why = ({ by_hand: byHand, decision = '', bound, facts = {} }: ToldClearance): string =>
  [
    ...(byHand ? ['by hand'] : []),
    ...(decision === '' ? [] : [`decision ${harmless(decision, 60)}`]),
    ...(bound.length === 0 ? [] : [`bound to ${bound.join(', ')}`]),
    ...Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`),
  ].join('; ')

/** A page of clearances for a terminal; `source` is what commands to type next need. */
export const clearancesText = (
  { clearances, next, degraded }: ToldClearances,
  about: { readonly nowMs: number; readonly paint: Paint; readonly source: string },
): string => {
  const { nowMs, paint, source } = about
  const rows = clearances.map((one): readonly Cell[] => [
    harmless(one.id, 30),
    one.kind,
    { text: one.state, look: LOOKS[one.state] },
    whose(one),
    minuteText(Date.parse(one.at), nowMs),
    minuteText(Date.parse(one.expires_at), nowMs),
    why(one),
  ])
  const lines = [
    ...(degraded.length === 0
      ? []
      : [paint('yellow', 'The store did not answer: this is what that guard has heard.'), '']),
    ...(rows.length === 0 ? ['No clearances.'] : table(COLUMNS, rows, paint)),
    ...(next === undefined
      ? []
      : ['', `There are more: stillwatch clearances list${source} --after ${harmless(next, 60)}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** What was changed, in one line, and what the guard remarks on it. */
export const clearanceLine = (one: ToldClearance, nowMs: number): string => {
  const until = minuteText(Date.parse(one.expires_at), nowMs)
  const note = one.note === undefined ? '' : `note: ${harmless(one.note, 200)}\n`
  return `${one.state} ${harmless(one.id, 30)}: ${one.kind} of ${whose(one)}, until ${until}\n${note}`
}
