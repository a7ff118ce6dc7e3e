import { describe, expect, it } from 'vitest'
import type { CampaignLabel } from '../../../src/core/campaign.ts'
import { aDetector } from '../../support/a-detector.ts'
import { A_DAY_MS, naiveCampaign, observationsOf, ordinary } from '../../support/observations.ts'

const PROVEN = ordinary(600, 1, { proven: true, named: 'proven' })
const USERS = ordinary(900, 2)
const OBSERVATIONS = observationsOf([...PROVEN, ...USERS, ...naiveCampaign(60, 3)], 8, 4)
const LABELLED_AT_MS = (OBSERVATIONS[0]?.atMs ?? 0) + 5 * A_DAY_MS

const labelledAtDay5 = (label: Partial<CampaignLabel> & Pick<CampaignLabel, 'act'>) => {
  const run = aDetector()
  run.watch(OBSERVATIONS.filter(({ atMs }) => atMs < LABELLED_AT_MS))
  const acting = run.detector.list().filter(({ level }) => level > 0)
  const before = run.marks.length
  for (const { id } of acting) {
    run.detector.label({ campaign: id, by: 'ann', note: 'seen', atMs: LABELLED_AT_MS, ...label })
  }
  const later = OBSERVATIONS.filter(({ atMs }) => atMs >= LABELLED_AT_MS)
  return { ...run, acting, before, later }
}

describe('labels', () => {
  it('dismiss releases all members, and the same links stay silent', () => {
    const { marks, before, later, watch, detector, acting, levels } = labelledAtDay5({
      act: 'dismiss',
    })
    expect(acting.length).toBeGreaterThan(0)
    const lifted = marks.slice(before)
    expect(lifted.length).toBeGreaterThan(50)
    expect(lifted.every(({ level }) => level === 0)).toBe(true)
    watch(later)
    expect([...levels().values()].filter((level) => level > 0)).toEqual([])
    expect(detector.show(acting[0]?.id ?? '')?.state).toBe('dismissed')
  })

  it.each(['dismiss', 'release'] as const)(
    '%s forgets who the members were, and keeps how many there were by day',
    (act) => {
      const run = aDetector()
      run.watch(OBSERVATIONS)
      const [first] = run.detector.list()
      const id = first?.id ?? ''
      const before = run.detector.show(id)?.membersByDay ?? []
      const atMs = run.detector.status().lastObservedMs ?? 0
      expect(Math.max(...before.map(({ members }) => members))).toBeGreaterThan(20)
      run.detector.label({ campaign: id, act, by: 'ann', note: 'seen', atMs })
      expect(run.detector.members(id)).toEqual([])
      expect(run.detector.show(id)?.membersByDay).toEqual(before)
    },
  )

  it('a dismissal does not cover a campaign that has grown fourfold', () => {
    const { later, watch, everMarked } = labelledAtDay5({ act: 'dismiss' })
    const grown = naiveCampaign(320, 9).map((one) => ({
      ...one,
      entity: `grown-${one.entity}`,
      fromDay: 5,
    }))
    watch([...later, ...observationsOf(grown, 8, 10)].toSorted((a, b) => a.atMs - b.atMs))
    expect(everMarked('grown').length).toBeGreaterThan(200)
  })

  it('release of one member spares it until it shows something new that tells of the campaign', () => {
    const run = labelledAtDay5({ act: 'release', entity: 'pool-1' })
    expect(run.marks.slice(run.before).map(({ entity, level }) => [entity, level])).toEqual([
      ['pool-1', 0],
    ])
    run.watch(run.later)
    expect(run.levels().get('pool-1')).toBe(0)
    expect(run.levels().get('pool-2')).toBeGreaterThan(0)
    const last = run.later.findLast(({ entity }) => entity === 'pool-1')
    if (last === undefined) throw new Error('pool-1 does not call')
    const atMs = (run.detector.status().lastObservedMs ?? 0) + 1
    const elsewhere = { ...last, asn: 4_711, client: 'curl', stack: 'its-own', network: 'away' }
    run.watch([{ ...elsewhere, id: 'elsewhere', atMs }])
    run.detector.tick(atMs + A_DAY_MS / 2)
    expect(run.levels().get('pool-1')).toBe(0)
    run.watch([{ ...last, id: 'new', atMs: atMs + 1, client: 'relay-0', stack: 'relay-stack-0' }])
    expect(run.levels().get('pool-1')).toBeGreaterThan(0)
  })

  it('raise goes above the ceiling, and confirm keeps it acting', () => {
    const run = aDetector({ ceiling: 1 })
    run.watch(OBSERVATIONS)
    const [first] = run.detector.list()
    const atMs = run.detector.status().lastObservedMs ?? 0
    expect(first?.level).toBe(1)
    const label = { campaign: first?.id ?? '', by: 'ann', note: 'seen', atMs }
    expect(run.detector.label({ ...label, act: 'confirm' })).toMatchObject({
      level: 2,
      state: 'confirmed',
    })
    expect(run.detector.label({ ...label, act: 'raise', level: 4 })?.level).toBe(4)
    expect(Math.max(...run.levels().values())).toBe(4)
    expect(run.detector.show(label.campaign)?.history.map(({ what }) => what)).toContain(
      'confirmed',
    )
  })

  it('a label for what there is not changes nothing', () => {
    const { detector } = aDetector()
    const label = { by: 'ann', note: '', atMs: 1, act: 'dismiss', campaign: 'cmp_none' } as const
    expect(detector.label(label)).toBeUndefined()
  })
})
