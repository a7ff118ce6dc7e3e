import { AXES, type AxisEvidence, type CampaignEvidence } from '../core/campaign.ts'
import { countText, figureText } from './campaigns-figures.ts'
import { harmless, table, type Cell, type Paint } from './campaigns-table.ts'
import { AXIS_WORDS } from './campaigns-words.ts'

const COLUMNS = [
  { title: 'AXIS' },
  { title: '' },
  { title: 'ASKS WHETHER' },
  { title: 'VALUE', right: true },
  { title: 'THRESHOLD', right: true },
  { title: 'PROVEN', right: true },
  { title: 'ADDS', right: true },
  { title: 'MEASURED' },
] as const

/** Whether an axis is in the score, which is not the same as what the last pass found. */
type Standing = 'now' | 'remembered' | 'not yet' | 'no'

const standingOf = (one: AxisEvidence, { axes }: Pick<CampaignEvidence, 'axes'>): Standing =>
  axes.includes(one.axis) ? (one.positive ? 'now' : 'remembered') : one.positive ? 'not yet' : 'no'

const ORDER: readonly Standing[] = ['now', 'remembered', 'not yet', 'no']

const CELLS: { readonly [S in Standing]: Cell } = {
  now: { text: 'YES', look: 'red' },
  remembered: { text: 'was YES', look: 'yellow' },
  'not yet': { text: 'not yet', look: 'yellow' },
  no: 'no',
}

const addsText = ({ adds, remembered }: AxisEvidence): string =>
  remembered === undefined ? figureText(adds) : `${figureText(remembered)} remembered`

const notes = (
  { members, linked }: Pick<CampaignEvidence, 'members' | 'linked'>,
  standings: readonly Standing[],
): string[] => [
  ...(standings.includes('remembered')
    ? [
        'was YES: seen while it acted, and counted on since acting changes what is seen; it fades by half in 14 days.',
      ]
    : []),
  ...(standings.includes('not yet')
    ? [
        'not yet: adds nothing to the score before a second look in a row finds it; after release or dismiss that begins anew.',
      ]
    : []),
  ...(linked === undefined || linked === 0 || linked === members
    ? []
    : [
        `Measured over the ${countText(linked)} accounts that were linked at the last look; ${countText(members)} are members. Proven accounts, released ones and less probable ones are linked but no members.`,
      ]),
]

/** The seven axes as a table, those in the score first, and what their words mean where that is not plain. */
export const axisTable = (
  campaign: Pick<CampaignEvidence, 'judged' | 'axes' | 'members' | 'linked'>,
  paint: Paint,
): string[] => {
  const { judged } = campaign
  if (judged.length === 0) return []
  const place = (one: AxisEvidence): number =>
    AXES.indexOf(one.axis) + ORDER.indexOf(standingOf(one, campaign)) * AXES.length
  const rows = judged
    .toSorted((a, b) => place(a) - place(b))
    .map((one) => [
      one.axis,
      CELLS[standingOf(one, campaign)],
      AXIS_WORDS[one.axis],
      one.unknown === true ? '-' : figureText(one.value),
      figureText(one.threshold),
      figureText(one.reference),
      addsText(one),
      harmless(one.measured, 300),
    ])
  const standings = judged.map((one) => standingOf(one, campaign))
  return [...table(COLUMNS, rows, paint), ...notes(campaign, standings)]
}
