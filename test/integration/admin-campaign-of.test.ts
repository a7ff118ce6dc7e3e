import { expect, it } from 'vitest'
import type { Mark } from '../../src/core/campaign.ts'
import { anAdmin, VIEWER } from '../support/an-admin.ts'
import { createMemoryCampaigns } from '../support/memory-campaigns.ts'
import { actingCampaign, watchedCampaign } from '../support/some-campaigns.ts'

type Listed = {
  readonly entity?: string
  readonly member?: { readonly entity: string }
  readonly campaigns: readonly { readonly id: string }[]
}

const of = async (call: ReturnType<typeof anAdmin>, query: string): Promise<Listed> => {
  const answer = await call('GET', `/api/v1/campaigns?${query}`, { token: VIEWER })
  expect(answer.status).toBe(200)
  return (await answer.json()) as Listed
}

const marked = (entity: string, campaign: string): Mark => ({
  entity,
  campaign,
  level: 2,
  score: 9,
  axes: ['client'],
  atMs: 0,
  untilMs: Number.MAX_SAFE_INTEGER,
})

it('an account that is only watched is found too, though no call is judged by that', async () => {
  const { members, evidence } = watchedCampaign()
  const entity = members[0]?.entity ?? ''
  const found = await of(anAdmin(), `entity=${entity}`)
  expect(found.campaigns.map(({ id }) => id)).toEqual([evidence.id])
  expect(found.member).toMatchObject({ entity, level: 0 })
})

it('a marked entity is found in a campaign that tells only some of its members', async () => {
  const marks = {
    of: (entity: string) =>
      entity === 'org_beyond' ? marked(entity, actingCampaign().evidence.id) : undefined,
  }
  const found = await of(anAdmin({ marks }), 'entity=org_beyond')
  expect(found).toMatchObject({ entity: 'org_beyond', campaigns: [{ id: 'c-20261112-7f3a' }] })
  expect(found.member).toBeUndefined()
})

it('of a marked entity the members of no other campaign are asked for', async () => {
  const asked: string[] = []
  const memory = createMemoryCampaigns()
  const campaigns = {
    ...memory,
    members: (id: string) => {
      asked.push(id)
      return memory.members(id)
    },
  }
  const entity = watchedCampaign().members[3]?.entity ?? ''
  const marks = { of: () => marked(entity, 'c-20261116-02b1') }
  await of(anAdmin({ campaigns, marks }), `entity=${entity}`)
  expect(asked).toEqual(['c-20261116-02b1'])
})

it('other filters hold beside it, and an account source that fails leaves the name as it is', async () => {
  const accounts = { facts: () => Promise.reject(new Error('away')) }
  const call = anAdmin({ accounts })
  expect((await of(call, 'entity=acct_100000')).campaigns).toHaveLength(1)
  expect((await of(call, 'entity=acct_100000&state=watched')).campaigns).toEqual([])
})

it.each(['entity=', `entity=${'x'.repeat(257)}`, 'entity=a&entity=b'])(
  'takes no %s',
  async (query) => {
    expect((await anAdmin()('GET', `/api/v1/campaigns?${query}`)).status).toBe(400)
  },
)
