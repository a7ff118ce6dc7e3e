import { describe, expect, it } from 'vitest'
import type { Level, Mark } from '../../../src/core/campaign.ts'
import { UNKNOWN, type Facts, type Findings } from '../../../src/core/facts.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { createCampaignSource } from '../../../src/signals/campaign.ts'
import { createGather } from '../../../src/signals/gather.ts'
import { aCall } from '../../support/a-call.ts'

const NOW_MS = Date.UTC(2026, 3, 22)

const mark = (level: Level): Mark => ({
  entity: 'org_1',
  campaign: 'c1',
  level,
  score: 9.5,
  axes: ['client', 'supply'],
  atMs: NOW_MS - 1,
  untilMs: NOW_MS + 1,
})

/** The facts of a call of an entity, of whom the detector says this. */
const factsOf = async (account: Findings, said?: Mark): Promise<Facts> => {
  const asked: [string, number][] = []
  const gather = createGather({
    stackHash: createKeyedHash(new Uint8Array(32), 'stack'),
    sources: [
      createCampaignSource({
        clock: { now: () => NOW_MS },
        marks: {
          of: (entity, nowMs) => {
            asked.push([entity, nowMs])
            return entity === said?.entity ? said : undefined
          },
        },
      }),
      {
        name: 'account',
        provides: ['account.entity'],
        budgetMs: 10,
        wave: 0,
        read: () => Promise.resolve(account),
      },
    ],
  })
  const facts = await gather(aCall())
  const entity = facts.known('account.entity')
  expect(asked).toEqual(entity === undefined ? [] : [[entity, NOW_MS]])
  return facts
}

const known = (facts: Facts) =>
  Object.fromEntries(
    Object.entries(facts.toJSON()).filter(([name]) => name.startsWith('campaign.')),
  )

describe('the facts of a campaign', () => {
  it('are those of the mark of the entity', async () => {
    expect(known(await factsOf({ 'account.entity': 'org_1' }, mark(2)))).toEqual({
      'campaign.id': 'c1',
      'campaign.level': 2,
      'campaign.score': 9.5,
      'campaign.axes': ['client', 'supply'],
    })
  })

  it('are level 0 and nothing against it where nobody linked the entity, or a mark was lifted', async () => {
    for (const facts of [
      await factsOf({ 'account.entity': 'org_2' }, mark(2)),
      await factsOf({ 'account.entity': 'org_1' }, mark(0)),
    ]) {
      expect(known(facts)).toEqual({
        'campaign.level': 0,
        'campaign.score': 0,
        'campaign.axes': [],
      })
      expect(facts.get('campaign.id')).toBe(UNKNOWN.absent)
    }
  })

  it('are as absent as the entity of a caller without an account', async () => {
    const facts = await factsOf({}, mark(2))
    expect(known(facts)).toEqual({})
    expect(facts.get('campaign.level')).toBe(UNKNOWN.absent)
  })

  it('are unknown, not level 0, while the account source fails', async () => {
    for (const why of [UNKNOWN.failed, UNKNOWN.late]) {
      const facts = await factsOf({ 'account.entity': why }, mark(2))
      expect(facts.get('campaign.level')).toBe(why)
    }
  })
})
