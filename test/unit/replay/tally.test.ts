import { describe, expect, it } from 'vitest'
import type { CampaignSummary, Level } from '../../../src/core/campaign.ts'
import { createTally, type FoundCampaigns } from '../../../src/replay/tally.ts'
import { aLimitState, anEvent, aRuling } from '../../support/an-event.ts'

const REST = {
  wall_s: 1,
  revision: 'rev-1',
  skipped: 0,
  cut: false,
  accounts: { named: 1, unknown: 0, unknown_calls: 0 },
  detector: { proven: 1, acting: true, missing: [], min_reference: 1 },
}

const campaign: CampaignSummary = {
  id: 'cmp_1',
  level: 0,
  highestLevel: 2,
  score: 9,
  axes: ['uniformity', 'value'],
  members: 3,
  firstLinkedAtMs: 5,
  firstActionAtMs: undefined,
  lastSeenAtMs: 9,
  state: 'watched',
}

const found = (levels: Map<string, Level>): FoundCampaigns => ({
  list: () => [campaign],
  members: () => ['e1', 'e2', 'gone'],
  highestLevel: (entity) => levels.get(entity) ?? 0,
})

describe('the tally of a replay', () => {
  it('counts what was forwarded before something was done about the entity', () => {
    const levels = new Map<string, Level>()
    const tally = createTally(found(levels))
    const forward = (entity: string, label = 'attacker'): void =>
      tally.count({
        event: anEvent({ fault: undefined, ruling: aRuling() }),
        entity,
        label,
        solved: 0,
      })
    forward('e1')
    forward('e2')
    levels.set('e1', 1)
    forward('e1')
    levels.set('e1', 2)
    forward('e1')
    forward('e3', 'legit')
    const { labels, campaigns } = tally.summary(REST)
    expect(labels['attacker']).toMatchObject({
      calls: 4,
      forwarded: 4,
      forwarded_before_action: 3,
      entities: 2,
      entities_by_level: [1, 0, 1, 0, 0],
    })
    expect(labels['legit']).toMatchObject({
      forwarded_before_action: 1,
      entities_by_level: [1, 0, 0, 0, 0],
    })
    expect(campaigns).toEqual([
      {
        id: 'cmp_1',
        level: 2,
        first_linked_at: 5,
        first_action_at: null,
        members: 3,
        members_by_label: { attacker: 2 },
        axes: ['uniformity', 'value'],
        state: 'watched',
      },
    ])
  })

  it('tells challenges that were met from challenges that were passed', () => {
    const tally = createTally(found(new Map()))
    const challenged = anEvent({ fault: undefined, ruling: aRuling({ verdict: 'challenge' }) })
    tally.count({ event: challenged, entity: 'e', label: 'l', solved: 0 })
    tally.count({ event: anEvent({ ruling: aRuling() }), entity: 'e', label: 'l', solved: 1 })
    expect(tally.summary(REST).labels['l']).toMatchObject({
      calls: 2,
      challenged: 1,
      forwarded: 1,
      solved: 1,
    })
  })

  it('tells limits that refused from limits that only watched', () => {
    const tally = createTally(found(new Map()))
    const states = [
      aLimitState({ limit: 'kept', exceeded: false }),
      aLimitState({ limit: 'reached', exceeded: true }),
      aLimitState({ limit: 'watching', exceeded: true, enforced: false }),
    ]
    tally.count({
      event: anEvent({ ruling: aRuling({}, states) }),
      entity: 'e',
      label: 'l',
      solved: 0,
    })
    expect(tally.summary(REST).limits).toEqual({
      reached: { calls: 1, entities: 1, shadow: 0 },
      watching: { calls: 0, entities: 0, shadow: 1 },
    })
  })
})
