import type { CampaignEvidence, CampaignMoment, LinkEvidence } from '../core/campaign.ts'
import { axisTable } from './campaigns-axes-text.ts'
import {
  countText,
  dayText,
  figureText,
  fixedText,
  minuteText,
  sparkline,
} from './campaigns-figures.ts'
import { lookOf } from './campaigns-list-text.ts'
import { harmless, table, type Paint } from './campaigns-table.ts'
import { familyWords, LEVEL_WORDS, levelText, MOMENT_WORDS, wordOf } from './campaigns-words.ts'

const MAX_LINKS = 12
const INDENT = '  '

/** How to ask on: `--admin URL` where that is where this came from. */
export type ShowAbout = {
  readonly nowMs: number
  readonly paint: Paint
  /** Options that lead to the same source, with a blank before; empty for the data folder. */
  readonly source: string
}

const titled = (title: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((line) => INDENT + line)]

/** Since when it is at its level: the first of the last moments that name it. */
const levelSinceMs = ({
  history,
  level,
  firstActionAtMs,
  firstLinkedAtMs,
}: CampaignEvidence): number => {
  const before = history.findLastIndex((moment) => moment.level !== level)
  return (
    history[before + 1]?.atMs ??
    (level >= 2 ? (firstActionAtMs ?? firstLinkedAtMs) : firstLinkedAtMs)
  )
}

/** The sentence that stands first: how many, and what is done about them since when. */
const headline = (campaign: CampaignEvidence, nowMs: number): string => {
  const { members, level, firstLinkedAtMs, state, highestLevel } = campaign
  const who =
    members === 0
      ? 'No account is left of it'
      : members === 1
        ? '1 account of what behaved as one'
        : `${countText(members)} accounts that behave as one`
  const linked = minuteText(firstLinkedAtMs, nowMs)
  if (state === 'dismissed') return `${who}; dismissed by an operator, nothing is done`
  if (state === 'ended') return `${who}; ended, the highest level was ${LEVEL_WORDS[highestLevel]}`
  if (level === 0) return `${who}; watched since ${linked}, nothing is done`
  return `${who}; ${LEVEL_WORDS[level]} since ${minuteText(levelSinceMs(campaign), nowMs)}`
}

const curve = ({ membersByDay }: CampaignEvidence, nowMs: number): string[] => {
  // Days before anybody was there say nothing.
  const days = membersByDay.slice(membersByDay.findIndex(({ members }) => members > 0))
  const first = days[0]
  const last = days.at(-1)
  if (first === undefined || last === undefined) return []
  const counts = days.map(({ members }) => members)
  const most = countText(Math.max(...counts))
  return [
    `${dayText(first.dayMs, nowMs)} ${sparkline(counts)} ${dayText(last.dayMs, nowMs)}   ${countText(first.members)} at first, ${most} at most, ${countText(last.members)} on the last day`,
  ]
}

/** A shared value for people; funding comes as parts of which most are often not known. */
const valueText = ({ family, shown }: LinkEvidence): string =>
  harmless(family.includes('funding') ? shown.replaceAll('|-', '').replaceAll('|', ' ') : shown, 48)

const linkRows = (links: readonly LinkEvidence[], same: string): string[][] =>
  links
    .toSorted((a, b) => b.llr - a.llr)
    .slice(0, MAX_LINKS)
    .map((link) => ({ ...link, value: valueText(link) }))
    .map(({ family, value, entities, expected, lift }) => [
      `${same}${familyWords(family)}`,
      value,
      countText(entities),
      figureText(expected),
      Number.isFinite(lift) ? `${figureText(lift)}x` : '-',
    ])

const linkTable = (links: readonly LinkEvidence[], same: string, paint: Paint): string[] => {
  if (links.length === 0) return []
  const columns = [
    { title: 'TRAIT' },
    { title: 'VALUE' },
    { title: 'ACCOUNTS', right: true },
    { title: 'EXPECTED', right: true },
    { title: 'LIFT', right: true },
  ]
  const rest = links.length - MAX_LINKS
  return [
    ...table(columns, linkRows(links, same), paint),
    ...(rest > 0 ? [`and ${countText(rest)} more; --json has all`] : []),
  ]
}

const historyTable = (
  history: readonly CampaignMoment[],
  nowMs: number,
  paint: Paint,
): string[] => {
  if (history.length === 0) return []
  const rows = history.map(({ atMs, what, level, by, note }) => [
    minuteText(atMs, nowMs),
    MOMENT_WORDS[what],
    levelText(level),
    by === undefined ? 'the judge' : `token ${harmless(by, 40)}`,
    note === undefined ? '' : harmless(note, 500),
  ])
  const columns = [
    { title: 'WHEN' },
    { title: 'WHAT' },
    { title: 'LEVEL' },
    { title: 'BY' },
    { title: 'WHY' },
  ]
  return table(columns, rows, paint)
}

const traffic = (campaign: CampaignEvidence): string[] => {
  const { forwardedBefore: before, forwardedAfter: after, firstActionAtMs } = campaign
  if (firstActionAtMs === undefined)
    return [`${countText(before + after)} forwarded; not limited yet (level 2 and more limit)`]
  const share = before + after === 0 ? 0 : (before / (before + after)) * 100
  return [
    `${countText(before)} forwarded before it was first limited (level 2 or more), ${countText(after)} after (${figureText(share)} % before)`,
  ]
}

const edgeLines = ({ edges }: CampaignEvidence): string[] => [
  ...(edges.handedOver === 0
    ? []
    : [`${countText(edges.handedOver)} conversations that went on under another account`]),
  ...(edges.repeatedTasks === 0
    ? []
    : [`${countText(edges.repeatedTasks)} long tasks sent by several accounts`]),
]

const nextCommands = (campaign: CampaignEvidence, source: string): string[] => {
  const id = wordOf(harmless(campaign.id, 128))
  const read = (rest: string): string => `stillwatch campaigns ${rest}${source}`
  // Only a running guard can be told something.
  const to = source.startsWith(' --admin') ? source : ' --admin URL'
  const write = (rest: string): string => `stillwatch campaigns ${rest}${to}`
  const acts = campaign.state !== 'dismissed' && campaign.state !== 'ended'
  return [
    read(`members ${id}`),
    read(`export ${id} --format csv --out ${id}.csv`),
    ...(acts
      ? [
          write(`confirm ${id} --note 'why it is one'`),
          ...(campaign.level < 4
            ? [write(`raise ${id} --level ${Math.max(campaign.level, 1) + 1} --note 'why'`)]
            : []),
          write(`release ${id} --entity ACCOUNT --note 'why this one is honest'`),
          write(`dismiss ${id} --note 'why it is none'`),
          'Export first: who its members were is not kept by dismiss, nor by release of all.',
        ]
      : []),
  ]
}

/** Everything known of a campaign, as operators read it: what, why, what was done, what to type next. */
export const campaignShowText = (campaign: CampaignEvidence, about: ShowAbout): string => {
  const { nowMs, paint, source } = about
  const seen = `first linked ${minuteText(campaign.firstLinkedAtMs, nowMs)}, last seen ${minuteText(campaign.lastSeenAtMs, nowMs)}`
  const axes = campaign.axes.length === 0 ? 'no axis' : campaign.axes.join(', ')
  return [
    paint('bold', headline(campaign, nowMs)),
    `campaign ${harmless(campaign.id, 128)}, ${paint(lookOf(campaign), `level ${levelText(campaign.level)}`)}, ${campaign.state}, score ${fixedText(campaign.score, 1)} on ${axes}; ${seen} (UTC)`,
    ...titled('Members by day', curve(campaign, nowMs), paint),
    ...titled(
      'What they share that proven customers do not',
      linkTable(campaign.links, 'same ', paint),
      paint,
    ),
    ...titled('What ties them beyond that', edgeLines(campaign), paint),
    ...titled('How it was judged', axisTable(campaign, paint), paint),
    ...titled(
      'Left out, because many proven customers show it too',
      linkTable(campaign.hubs, '', paint),
      paint,
    ),
    ...titled('Exchanges', traffic(campaign), paint),
    ...titled('History', historyTable(campaign.history, nowMs, paint), paint),
    ...titled(
      'What would clear it',
      campaign.clears.map((clear) => `- ${harmless(clear, 300)}`),
      paint,
    ),
    ...titled('Next', nextCommands(campaign, source), paint),
    '',
  ].join('\n')
}
