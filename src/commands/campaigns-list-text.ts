import type { CampaignSummary, DetectorStatus } from '../core/campaign.ts'
import { formatDuration } from '../core/time.ts'
import { countText, fixedText, minuteText } from './campaigns-figures.ts'
import { harmless, table, type Look, type Paint } from './campaigns-table.ts'
import { levelText } from './campaigns-words.ts'

const LATE_MS = 60 * 60_000
/** A detector looks every quarter of an hour, unless it is set up otherwise. */
const LATE_PASS_MS = 2 * 60 * 60_000

/** What needs a person is red, what goes on by itself yellow. */
export const lookOf = ({ level, state }: Pick<CampaignSummary, 'level' | 'state'>): Look => {
  if (state === 'dismissed' || state === 'ended') return 'dim'
  return level >= 3 ? 'red' : level >= 1 ? 'yellow' : 'dim'
}

const stateCounts = (campaigns: readonly CampaignSummary[]): string => {
  const states = ['acting', 'confirmed', 'watched', 'dismissed', 'ended'] as const
  return states
    .flatMap((state) => {
      const count = campaigns.filter((one) => one.state === state).length
      return count === 0 ? [] : [`${countText(count)} ${state}`]
    })
    .join(', ')
}

const whyNot = (status: DetectorStatus): string => {
  const missing =
    status.missing.length > 0
      ? status.missing.map((sentence) => harmless(sentence)).join('; ')
      : `${countText(status.proven)} proven customers of the ${countText(status.minReference)} needed`
  return `Nothing is acted on: ${missing.replace(/\.$/, '')}. Until then every campaign stays at level 0 (observe).`
}

/** Whether what follows may be old: a guard without calls looks all the same, and says so by its passes. */
const agesOf = (
  { lastObservedMs = 0, lastPassMs }: DetectorStatus,
  { nowMs, live = true, guard = false }: ListAbout,
): string[] => {
  const silentMs = nowMs - lastObservedMs
  if (silentMs <= LATE_MS) return []
  const ago = formatDuration(silentMs)
  if (!live) return [`The last call is of ${minuteText(lastObservedMs, nowMs)}.`]
  if (!guard) return [`The last call was observed ${ago} ago; what follows may be old.`]
  return [
    lastPassMs !== undefined && nowMs - lastPassMs <= LATE_PASS_MS
      ? `No call for ${ago}.`
      : `No call for ${ago}, and ${lastPassMs === undefined ? 'no pass yet' : `no pass for ${formatDuration(nowMs - lastPassMs)}`}; what follows may be old: see /readyz and the log of the guard.`,
  ]
}

const health = (status: DetectorStatus, about: ListAbout): string[] => {
  const { nowMs } = about
  const { proven, minReference, entities, lastObservedMs, lastPassMs } = status
  const seen = `${countText(entities)} entities seen, ${countText(proven)} of them proven (${countText(minReference)} needed)`
  if (lastObservedMs === undefined) return [`${seen}; no call was observed yet.`]
  const pass =
    lastPassMs === undefined ? 'no pass yet' : `last pass ${minuteText(lastPassMs, nowMs)}`
  return [`${seen}; ${pass}.`, ...agesOf(status, about)]
}

/** What matters most first: what is acted on, then what comes near it. */
const byWeight = (a: CampaignSummary, b: CampaignSummary): number =>
  b.level - a.level || b.score - a.score || b.members - a.members

/** How a list is printed. */
export type ListAbout = {
  readonly nowMs: number
  readonly paint: Paint
  /** Whether it should be of now; what a replay left is as old as its calls. True unless told. */
  readonly live?: boolean
  /** Whether a running guard told it, which goes on looking while nobody calls. False unless told. */
  readonly guard?: boolean
  /** Options that lead to the same source, with a blank before. */
  readonly source?: string
}

/** All campaigns as a table, under how the detector is doing. */
export const campaignListText = (
  status: DetectorStatus,
  campaigns: readonly CampaignSummary[],
  about: ListAbout,
): string => {
  const { nowMs, paint, source = '' } = about
  const rows = campaigns
    .toSorted(byWeight)
    .map((one) => [
      harmless(one.id, 40),
      { text: levelText(one.level), look: lookOf(one) },
      countText(one.members),
      fixedText(one.score, 1),
      one.axes.length === 0 ? '-' : one.axes.join(' '),
      minuteText(one.firstLinkedAtMs, nowMs),
      minuteText(one.firstActionAtMs, nowMs),
      one.state,
    ])
  const columns = [
    { title: 'ID' },
    { title: 'LEVEL' },
    { title: 'MEMBERS', right: true },
    { title: 'SCORE', right: true },
    { title: 'AXES' },
    { title: 'FIRST SEEN' },
    { title: 'FIRST LIMITED' },
    { title: 'STATE' },
  ]
  const head =
    campaigns.length === 0
      ? 'No campaigns.'
      : `${countText(campaigns.length)} ${campaigns.length === 1 ? 'campaign' : 'campaigns'}: ${stateCounts(campaigns)}.`
  return [
    ...(status.acting ? [] : [paint('yellow', whyNot(status))]),
    `${paint('bold', head)} ${health(status, about).join(' ')}`,
    ...(rows.length === 0 ? [] : ['', ...table(columns, rows, paint)]),
    ...(rows.length === 0
      ? []
      : [
          '',
          `FIRST LIMITED is the first time at level 2 or more. Times are UTC. stillwatch campaigns show ID${source} says why.`,
        ]),
    '',
  ].join('\n')
}
