import { expect, test } from 'vitest'
import { campaignNote } from '../../../src/app-campaign-words.ts'
import type { DetectorReport } from '../../../src/campaigns/live/detector-protocol.ts'
import { createLevelWatch } from '../../../src/campaigns/live/level-watch.ts'
import type { CampaignLabel, CampaignSummary, Level } from '../../../src/core/campaign.ts'

const standing = (id: string, level: Level): CampaignSummary => ({
  id,
  level,
  highestLevel: level,
  score: 12.34,
  axes: ['client', 'supply'],
  members: 25,
  firstLinkedAtMs: 0,
  firstActionAtMs: undefined,
  lastSeenAtMs: 0,
  state: 'acting',
})

const label = (over: Partial<CampaignLabel>): CampaignLabel => ({
  campaign: 'cmp_a',
  act: 'raise',
  by: 'own',
  note: 'secret words',
  atMs: 0,
  ...over,
})

const watched = (levels: Record<string, Level>) => {
  const now = new Map(Object.entries(levels))
  const reports: DetectorReport[] = []
  const list = () => [...now].map(([id, level]) => standing(id, level))
  const detector = {
    list,
    label: ({ campaign, level }: CampaignLabel) => {
      if (!now.has(campaign)) return undefined
      if (level !== undefined) now.set(campaign, level)
      return standing(campaign, now.get(campaign) ?? 0)
    },
  }
  const watch = createLevelWatch(detector, (report) => reports.push(report))
  const lines = () =>
    reports.splice(0).map((report) => {
      const { level, text, kind } = campaignNote(report)
      return `${level} ${kind} ${text}`
    })
  return { now, watch, lines, reports }
}

test('what stood before the watch began is no news', () => {
  const { watch, lines } = watched({ cmp_a: 3 })
  watch.look()
  expect(lines()).toEqual([])
})

test('a raise of the judge is a warning and a fall is not, each told once', () => {
  const { now, watch, lines } = watched({ cmp_a: 1 })
  now.set('cmp_a', 3).set('cmp_b', 1).set('cmp_c', 0)
  watch.look()
  watch.look()
  expect(lines()).toEqual([
    'warn campaign_raised campaigns: the judge raised cmp_a from level 1 to 3 (25 members; client, supply): stillwatch campaigns show cmp_a says why',
    'warn campaign_raised campaigns: the judge raised cmp_b from level 0 to 1 (25 members; client, supply): stillwatch campaigns show cmp_b says why',
  ])
  now.set('cmp_a', 2)
  watch.look()
  expect(lines()).toEqual([expect.stringMatching(/^info campaign_lowered .* from level 3 to 2 /)])
})

test('a label is told as a label, under its token, without its note or its member', () => {
  const { watch, lines, reports } = watched({ cmp_a: 1 })
  watch.label(label({ level: 4 }))
  watch.label(label({ act: 'release', entity: 'acct_secret' }))
  expect(watch.label(label({ campaign: 'cmp_none' }))).toBeUndefined()
  watch.look()
  expect(JSON.stringify(reports)).not.toContain('secret')
  expect(lines()).toEqual([
    'info campaign_labelled campaigns: token own raised cmp_a, which is at level 4 now (25 members)',
    'info campaign_labelled campaigns: token own released one member of cmp_a, which is at level 4 now (25 members)',
  ])
})

test('what the judge did just before a label is still told as its own', () => {
  const { now, watch, lines } = watched({ cmp_a: 0 })
  now.set('cmp_a', 2)
  watch.label(label({ level: 3 }))
  expect(lines()).toEqual([
    expect.stringMatching(/^warn .* from level 0 to 2 /),
    expect.stringMatching(/^info .* at level 3 now/),
  ])
})
