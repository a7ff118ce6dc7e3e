import { countText, minuteText, probabilityText } from './campaigns-figures.ts'
import type { MemberPage } from './campaigns-source.ts'
import { harmless, table, type Paint } from './campaigns-table.ts'
import { levelText } from './campaigns-words.ts'

const COLUMNS = [
  { title: 'ENTITY' },
  { title: 'PROBABILITY', right: true },
  { title: 'JOINED' },
  { title: 'LEVEL' },
  { title: 'CALLS', right: true },
] as const

/** A page of members as a table, with the command that shows the next one. */
export const campaignMembersText = (
  page: MemberPage & { readonly id: string; readonly source: string },
  about: { readonly nowMs: number; readonly paint: Paint },
): string => {
  const { total, members, next, id, source } = page
  if (members.length === 0) return 'No members.\n'
  const rows = members.map(({ entity, probability, joinedAtMs, level, calls }) => [
    harmless(entity, 64),
    probabilityText(probability),
    minuteText(joinedAtMs, about.nowMs),
    levelText(level),
    countText(calls),
  ])
  const shown = `${countText(members.length)} of ${countText(total)} members, of the most probable first; times are UTC.`
  return [
    ...table(COLUMNS, rows, about.paint),
    '',
    shown,
    ...(next === undefined
      ? []
      : [
          `Next page: stillwatch campaigns members ${harmless(id)}${source} --limit ${members.length} --after ${next}`,
        ]),
    '',
  ].join('\n')
}
