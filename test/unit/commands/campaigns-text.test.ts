import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  countText,
  dayText,
  figureText,
  minuteText,
  probabilityText,
  sparkline,
} from '../../../src/commands/campaigns-figures.ts'
import { campaignListText } from '../../../src/commands/campaigns-list-text.ts'
import { campaignMembersText } from '../../../src/commands/campaigns-members-text.ts'
import { paintFor } from '../../../src/commands/campaigns-paint.ts'
import { campaignShowText } from '../../../src/commands/campaigns-show-text.ts'
import { harmless, plainPaint, table } from '../../../src/commands/campaigns-table.ts'
import { familyWords } from '../../../src/commands/campaigns-words.ts'
import type { CampaignEvidence } from '../../../src/core/campaign.ts'
import { ACTING, NOT_ACTING } from '../../support/memory-campaigns.ts'
import {
  actingCampaign,
  hostileCampaign,
  LOOKED_AT_MS,
  watchedCampaign,
} from '../../support/some-campaigns.ts'

const ABOUT = { nowMs: LOOKED_AT_MS, paint: plainPaint }
const ALL = [watchedCampaign(), hostileCampaign(), actingCampaign()].map(({ evidence }) => evidence)
const shown = (campaign: CampaignEvidence, source = ' --admin http://127.0.0.1:9090'): string =>
  campaignShowText(campaign, { ...ABOUT, source })

describe('the list of campaigns, for people', () => {
  it('is a table under how the detector is doing, what is acted on first', () => {
    expect(campaignListText(ACTING, ALL, ABOUT).split('\n')).toEqual([
      '3 campaigns: 1 acting, 1 watched, 1 dismissed. 12,403 entities seen, 1,204 of them proven (500 needed); last pass 21 Nov 03:03.',
      '',
      'ID               LEVEL            MEMBERS  SCORE  AXES                      FIRST SEEN    FIRST LIMITED  STATE',
      'c-20261112-7f3a  2 shared budget    2,431   17.4  uniformity client supply  12 Nov 09:10  12 Nov 14:05   acting',
      'c-20261118-beef  1 reshape             12    8.2  client supply             18 Nov 01:00  18 Nov 02:00   dismissed',
      'c-20261116-02b1  0 observe             38    3.1  uniformity                16 Nov 07:00  -              watched',
      '',
      'FIRST LIMITED is the first time at level 2 or more. Times are UTC. stillwatch campaigns show ID says why.',
      '',
    ])
  })

  it('says first why nothing is acted on', () => {
    expect(campaignListText(NOT_ACTING, ALL, ABOUT).split('\n')[0]).toBe(
      'Nothing is acted on: 417 proven customers of the 500 needed. Until then every campaign stays at level 0 (observe).',
    )
    expect(campaignListText({ ...NOT_ACTING, missing: [] }, [], ABOUT)).toMatch(
      /^Nothing is acted on: 417 proven customers of the 500 needed\. Until/,
    )
  })

  it('says so where there is none, where nothing was observed, and where what it knows is old', () => {
    expect(campaignListText(ACTING, [], ABOUT)).toMatch(/^No campaigns\. 12,403 entities seen/)
    const fresh = { ...ACTING, lastObservedMs: undefined, lastPassMs: undefined }
    expect(campaignListText(fresh, [], ABOUT)).toContain('no call was observed yet')
    const old = { ...ACTING, lastObservedMs: LOOKED_AT_MS - 26 * 3_600_000 }
    expect(campaignListText(old, [], ABOUT)).toContain(
      'observed 1 d 2 h ago; what follows may be old',
    )
    const quiet = campaignListText(old, [], { ...ABOUT, guard: true })
    expect(quiet).toContain('No call for 1 d 2 h.')
    expect(quiet).not.toContain('old')
    const stuck = { ...old, lastPassMs: LOOKED_AT_MS - 25 * 3_600_000 }
    expect(campaignListText(stuck, [], { ...ABOUT, guard: true })).toContain(
      'No call for 1 d 2 h, and no pass for 1 d 1 h; what follows may be old',
    )
  })
})

describe('one campaign, for people', () => {
  const text = shown(actingCampaign().evidence)
  const block = (title: string, of = text): string[] => {
    const lines = of.split('\n')
    const from = lines.indexOf(title) + 1
    return from === 0 ? [] : lines.slice(from, lines.indexOf('', from))
  }

  it('begins with how many, what is done and since when', () => {
    const head = ({ evidence }: { evidence: CampaignEvidence }): string | undefined =>
      shown(evidence).split('\n')[0]
    expect(text.split('\n').slice(0, 2)).toEqual([
      '2,431 accounts that behave as one; shared budget since 12 Nov 14:05',
      'campaign c-20261112-7f3a, level 2 shared budget, acting, score 17.4 on uniformity, client, supply; first linked 12 Nov 09:10, last seen 21 Nov 03:02 (UTC)',
    ])
    expect(head(watchedCampaign())).toBe(
      '38 accounts that behave as one; watched since 16 Nov 07:00, nothing is done',
    )
    expect(head(hostileCampaign())).toBe(
      '12 accounts that behave as one; dismissed by an operator, nothing is done',
    )
    const ended = { ...actingCampaign(1).evidence, state: 'ended' as const, level: 0 as const }
    expect(shown(ended)).toMatch(
      /^1 account of what behaved as one; ended, the highest level was sh/,
    )
  })

  it('says since when it is at its level, whatever it was at before', () => {
    const at = (day: number): number => Date.UTC(2026, 10, day, 6)
    const moments = [
      [12, 'linked', 0],
      [13, 'raised', 1],
      [14, 'raised', 2],
      [15, 'lowered', 1],
      [16, 'member_released', 1],
    ] as const
    const history = moments.map(([day, what, level]) => {
      return { atMs: at(day), what, level, by: undefined, note: undefined }
    })
    const lowered = { ...actingCampaign().evidence, level: 1 as const, history }
    expect(shown(lowered)).toMatch(/^2,431 accounts that behave as one; reshape since 15 Nov 06:00/)
    expect(shown({ ...lowered, history: [] })).toMatch(/; reshape since 12 Nov 09:10/)
  })

  it('says of each axis whether it is in the score, and what for', () => {
    const { evidence } = actingCampaign()
    const judged = evidence.judged.map((row) => {
      if (row.axis === 'client') return { ...row, positive: false, adds: 0, remembered: 5.2 }
      return row.axis === 'pivot' ? { ...row, value: 0, unknown: true } : row
    })
    const axes = ['uniformity', 'client'] as const
    const lines = block('How it was judged', shown({ ...evidence, judged, axes, linked: 2_500 }))
    const of = (axis: string): string => lines.find((line) => line.trim().startsWith(axis)) ?? ''
    expect(of('uniformity')).toMatch(/^ +uniformity +YES /)
    expect(of('client')).toMatch(/ was YES .* 5\.2 remembered /)
    expect(of('supply')).toMatch(/^ +supply +not yet /)
    expect(of('pivot')).toMatch(/ no +all move to a new model +- +0\.4 /)
    expect(lines.at(-3)).toContain('was YES: seen while it acted')
    expect(lines.at(-2)).toContain('not yet: adds nothing')
    expect(lines.at(-1)).toContain('over the 2,500 accounts that were linked at the last look')
    expect(block('How it was judged')).toHaveLength(8)
  })

  it('draws the members by day', () => {
    expect(block('Members by day')).toEqual([
      '  12 Nov ▂▂▃▄▅▆▇███ 21 Nov   176 at first, 2,431 at most, 2,431 on the last day',
    ])
    const late = [0, 0, 3, 6].map((members, day) => ({
      dayMs: Date.UTC(2026, 10, 10 + day),
      members,
    }))
    expect(
      block('Members by day', shown({ ...actingCampaign().evidence, membersByDay: late })),
    ).toEqual(['  12 Nov ▅█ 13 Nov   3 at first, 6 at most, 6 on the last day'])
  })

  it('shows what they share with its lift, and what was left out', () => {
    expect(block('What they share that proven customers do not')).toEqual([
      '  TRAIT                                  VALUE                       ACCOUNTS  EXPECTED    LIFT',
      '  same client stack and instructions     openai-py 1.61.0 + #8f31c2     1,204      0.21  5,733x',
      '  same client headers                    #5be07a                          812       3.1    262x',
      '  same kind of funding and sign-up week  active prepaid GB 2026-W45       301       9.4     32x',
    ])
    const funded = [
      { family: 'funding', shown: 'trial|-|-|-', entities: 46, expected: 0.7, lift: 60, llr: 9 },
    ]
    expect(shown({ ...actingCampaign().evidence, links: funded })).toMatch(
      /kind of funding +trial +46/,
    )
    expect(block('Left out, because many proven customers show it too')[1]).toMatch(
      /instructions +#c0ffee +1,977 +1,850 +1\.1x/,
    )
  })

  it('shows all seven axes, those that count first', () => {
    const rows = block('How it was judged')
    expect(rows).toHaveLength(8)
    expect(rows.slice(1).map((row) => row.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'uniformity YES',
      'client YES',
      'supply YES',
      'routing no',
      'value no',
      'handover no',
      'pivot no',
    ])
    expect(rows[1]).toMatch(/members call alike +0\.18 +1\.2 +1\.7 +6 +weekly calls spread/)
    expect(rows[3]).toMatch(/751 +20 +- +6 /)
  })

  it('tells what was taken before and after it was first limited, who did what, and what clears it', () => {
    expect(block('Exchanges')).toEqual([
      '  12,301 forwarded before it was first limited (level 2 or more), 806 after (94 % before)',
    ])
    expect(block('History').at(-1)).toBe(
      '  13 Nov 08:30  confirmed  2 shared budget  token ops  same invoices, see ticket 4411',
    )
    expect(block('What would clear it')).toHaveLength(2)
    expect(block('Exchanges', shown(watchedCampaign().evidence))).toEqual([
      '  1,912 forwarded; not limited yet (level 2 and more limit)',
    ])
  })

  it('ends with commands that can be typed as they stand', () => {
    const next = block('Next')
    expect(next).toContain(
      "  stillwatch campaigns raise c-20261112-7f3a --level 3 --note 'why' --admin http://127.0.0.1:9090",
    )
    expect(block('Next', shown(actingCampaign().evidence, ''))).toContain(
      "  stillwatch campaigns dismiss c-20261112-7f3a --note 'why it is none' --admin URL",
    )
    expect(block('Next', shown(hostileCampaign().evidence))).toHaveLength(2)
    expect(shown({ ...actingCampaign().evidence, id: "a; rm -rf ~ 'x'" })).toContain(
      `campaigns members 'a; rm -rf ~ '\\''x'\\'''`,
    )
  })

  it('leaves out what there is nothing to say about', () => {
    const bare = shown({
      ...watchedCampaign().evidence,
      links: [],
      judged: [],
      membersByDay: [],
      edges: { handedOver: 0, repeatedTasks: 0 },
      history: [],
      clears: [],
    })
    expect(bare.match(/^[A-Z].*$/gm)?.map((line) => line.slice(0, 9))).toEqual([
      'Exchanges',
      'Next',
    ])
  })
})

describe('what callers named themselves', () => {
  const { evidence, members } = hostileCampaign()
  const page = { total: 12, members, next: undefined, id: evidence.id, source: '' }
  const texts = [
    campaignListText(ACTING, [{ ...evidence, id: '\u001b]0;x\u0007' }], ABOUT),
    shown({ ...evidence, clears: ['\u001b[2J'], id: 'c\u001b[1m' }),
    campaignMembersText(page, ABOUT),
  ]

  it('moves no cursor, sets no title, turns no text around and adds no line', () => {
    for (const text of texts) expect(text).not.toMatch(/[^\P{C}\n]/u)
    expect(campaignMembersText(page, ABOUT).split('\n')).toHaveLength(1 + 12 + 3)
  })

  it('is cut where it is long', () => {
    expect(harmless('x'.repeat(1e6), 10)).toBe(`${'x'.repeat(9)}…`)
    expect(harmless('😀'.repeat(20), 5)).toBe('😀😀😀😀…')
  })
})

describe('members, for people', () => {
  it('name the command for the next page', () => {
    const { members } = actingCampaign()
    const text = campaignMembersText(
      { total: 2431, members: members.slice(0, 2), next: 'abc', id: 'c-1', source: ' --admin U' },
      ABOUT,
    )
    expect(text.split('\n')).toEqual([
      'ENTITY       PROBABILITY  JOINED        LEVEL            CALLS',
      expect.stringMatching(/^acct_100000 {6}0\.99900 {2}\d\d Nov \d\d:\d\d {2}2 shared budget/),
      expect.stringMatching(/^acct_101eef/),
      '',
      '2 of 2,431 members, of the most probable first; times are UTC.',
      'Next page: stillwatch campaigns members c-1 --admin U --limit 2 --after abc',
      '',
    ])
  })
})

describe('figures', () => {
  it.each([
    [0.99, '0.99000'],
    [0.9999, '0.99990'],
    [0.999999, '>0.99999'],
    [1, '1.00000'],
    [1e-9, '<0.00001'],
    [Number.NaN, '-'],
  ])('a probability of %s is written %s', (value, text) =>
    expect(probabilityText(value)).toBe(text),
  )

  it.each<[number | undefined, string]>([
    [undefined, '-'],
    [Number.NaN, '-'],
    [0, '0'],
    [0.00000023, '2e-7'],
    [0.00065, '0.00065'],
    [0.183, '0.18'],
    [3.14, '3.1'],
    [261.9, '262'],
    [5733.2, '5,733'],
    [-4.25, '-4.3'],
    [Infinity, 'no end'],
  ])('%s is written %s', (value, text) => expect(figureText(value)).toBe(text))

  it('name the year where it is not plain, and nothing where there is no time', () => {
    expect(minuteText(Date.UTC(2026, 10, 1, 7, 5), LOOKED_AT_MS)).toBe('1 Nov 07:05')
    expect(dayText(Date.UTC(2025, 10, 1), LOOKED_AT_MS)).toBe('1 Nov 2025')
    expect(minuteText(undefined, LOOKED_AT_MS)).toBe('-')
    expect(minuteText(Number.NaN, LOOKED_AT_MS)).toBe('-')
    expect(dayText(1e300, LOOKED_AT_MS)).toBe('-')
    expect(countText(25000)).toBe('25,000')
  })

  it('over time are one row of bars, the highest full, and never longer than a line', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([5, 5])).toBe('██')
    expect(sparkline([0, 0])).toBe('▁▁')
    expect(sparkline([])).toBe('')
    expect(sparkline(Array.from({ length: 500 }, (_, day) => day)).length).toBeLessThanOrEqual(60)
  })

  it('name combinations by their parts, and families nobody knows as they are', () => {
    expect(familyWords('client+template+funding')).toBe(
      'client stack, instructions and kind of funding',
    )
    expect(familyWords('constructor+x')).toBe('constructor and x')
  })
})

describe('colour', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true })

  it('is for terminals whose owner did not refuse it', () => {
    expect(paintFor(terminal, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(paintFor(terminal, { NO_COLOR: '' })('red', 'x')).not.toBe('x')
    expect(paintFor(terminal, { NO_COLOR: '1' })('red', 'x')).toBe('x')
    expect(paintFor(terminal, { TERM: 'dumb' })('red', 'x')).toBe('x')
    expect(paintFor(new PassThrough(), {})('red', 'x')).toBe('x')
  })

  it('does not move a column', () => {
    const columns = [{ title: 'A' }, { title: 'B', right: true }]
    const rows = [
      [{ text: 'red', look: 'red' as const }, '1'],
      ['plain', '22'],
    ]
    const painted = table(columns, rows, paintFor(terminal, {})).join('\n')
    expect(stripVTControlCharacters(painted)).toBe(table(columns, rows, plainPaint).join('\n'))
  })
})
