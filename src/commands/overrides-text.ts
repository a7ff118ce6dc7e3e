import { minuteText } from './campaigns-figures.ts'
import { harmless, table, type Cell, type Paint } from './campaigns-table.ts'
import type { ToldOverride, ToldOverrides } from './overrides-wire.ts'

const LOOKS = { allow: 'green', deny: 'red' } as const

const COLUMNS = [
  { title: 'ID' },
  { title: 'VERDICT' },
  { title: 'OF' },
  { title: 'SINCE' },
  { title: 'UNTIL' },
  { title: 'BY' },
  { title: 'WHY' },
]

const whom = ({ subject }: ToldOverride): string => {
  const { account, entity, credential, network, asn } = subject
  if (asn !== undefined) return `AS${asn}`
  if (network !== undefined) return harmless(network, 60)
  if (account !== undefined) return harmless(`account ${account}`, 60)
  return harmless(entity === undefined ? `credential ${credential ?? ''}` : `entity ${entity}`, 60)
}

/** A page of overrides for a terminal; `source` is what commands to type next need. */
export const overridesText = (
  { overrides, next, degraded }: ToldOverrides,
  about: { readonly nowMs: number; readonly paint: Paint; readonly source: string },
): string => {
  const { nowMs, paint, source } = about
  const rows = overrides.map((one): readonly Cell[] => {
    const { ended } = one
    return [
      harmless(one.id, 30),
      ended === undefined
        ? { text: one.verdict, look: LOOKS[one.verdict] }
        : { text: `${one.verdict}, ended`, look: 'dim' },
      whom(one),
      minuteText(Date.parse(one.at), nowMs),
      minuteText(Date.parse(ended?.at ?? one.expires_at), nowMs),
      harmless(ended?.by ?? one.by, 30),
      harmless(ended?.why ?? one.why, 60),
    ]
  })
  const lines = [
    ...(degraded.length === 0
      ? []
      : [paint('yellow', 'The store did not answer: this is what that guard has heard.'), '']),
    ...(rows.length === 0 ? ['No overrides.'] : table(COLUMNS, rows, paint)),
    ...(next === undefined
      ? []
      : ['', `There are more: stillwatch overrides list${source} --after ${harmless(next, 60)}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** What was changed, in one line. */
export const overrideLine = (one: ToldOverride, nowMs: number): string => {
  const id = harmless(one.id, 30)
  return one.ended === undefined
    ? `${one.verdict} ${whom(one)} until ${minuteText(Date.parse(one.expires_at), nowMs)}: ${id}\n`
    : `ended ${id}: ${one.verdict} of ${whom(one)}\n`
}
