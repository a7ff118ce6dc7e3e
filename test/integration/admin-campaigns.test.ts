import { describe, expect, it } from 'vitest'
import type { Campaigns } from '../../src/core/campaign.ts'
import { Fault } from '../../src/core/fault.ts'
import type { AuditEntry } from '../../src/http/admin/audit.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { anAdmin, rememberedAudit, VIEWER, type AdminCaller } from '../support/an-admin.ts'
import { createMemoryCampaigns, NOT_ACTING } from '../support/memory-campaigns.ts'
import { actingCampaign } from '../support/some-campaigns.ts'

const ID = 'c-20261112-7f3a'
const AT = `/api/v1/campaigns/${ID}`

type Problem = { readonly type: string; readonly detail?: string }
type Summary = { readonly id: string; readonly level: number; readonly state: string }
type Listed = {
  readonly status: { readonly acting: boolean; readonly missing: string[]; readonly proven: number }
  readonly total: number
  readonly campaigns: readonly Summary[]
}
type Members = {
  readonly total: number
  readonly members: readonly { readonly entity: string; readonly probability: number }[]
  readonly next?: string
}

const json = async <T>(answer: Promise<Response>): Promise<T> => {
  const response = await answer
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

const problem = async (answer: Promise<Response>): Promise<string> => {
  const response = await answer
  const { type, detail } = (await response.json()) as Problem
  return `${response.status} ${type.replace('urn:stillwatch:problem:', '')}: ${detail ?? ''}`
}

const label = (call: AdminCaller, body: object, path = AT): Promise<Response> =>
  call('POST', `${path}/label`, { body: JSON.stringify(body) })

describe('the list of campaigns', () => {
  it('tells how the detector does, and what is acted on first', async () => {
    const { status, total, campaigns } = await json<Listed>(
      anAdmin()('GET', '/api/v1/campaigns', { token: VIEWER }),
    )
    expect(status).toEqual({
      acting: true,
      missing: [],
      proven: 1204,
      min_reference: 500,
      entities: 12_403,
      last_observed_at: '2026-11-21T03:04:00.000Z',
      last_pass_at: '2026-11-21T03:03:00.000Z',
    })
    expect(total).toBe(3)
    expect(campaigns.map(({ level, state }) => [level, state])).toEqual([
      [2, 'acting'],
      [1, 'dismissed'],
      [0, 'watched'],
    ])
    expect(campaigns[0]).toEqual({
      id: ID,
      state: 'acting',
      level: 2,
      highest_level: 2,
      score: 17.4,
      axes: ['uniformity', 'client', 'supply'],
      members: 2431,
      first_linked_at: '2026-11-12T09:10:00.000Z',
      first_action_at: '2026-11-12T14:05:00.000Z',
      last_seen_at: '2026-11-21T03:02:00.000Z',
    })
  })

  it('says why nothing is acted on', async () => {
    const call = anAdmin({ campaigns: createMemoryCampaigns({ status: NOT_ACTING }) })
    const { status } = await json<Listed>(call('GET', '/api/v1/campaigns'))
    expect(status).toMatchObject({
      acting: false,
      missing: ['417 proven customers of the 500 needed'],
    })
  })

  it.each([
    ['level=2', [ID]],
    ['level=3', []],
    ['min_level=1', [ID, 'c-20261118-beef']],
    ['state=watched', ['c-20261116-02b1']],
    ['state=watched&min_level=1', []],
    ['limit=1', [ID]],
  ])('keeps what is asked for: %s', async (query, ids) => {
    const { campaigns } = await json<Listed>(anAdmin()('GET', `/api/v1/campaigns?${query}`))
    expect(campaigns.map(({ id }) => id)).toEqual(ids)
  })

  it.each(['level=5', 'level=2&level=3', 'state=nice', 'limit=0', 'limit=1001', 'lvl=2', 'level='])(
    'takes no %s',
    async (query) => {
      expect(await problem(anAdmin()('GET', `/api/v1/campaigns?${query}`))).toMatch(
        /^400 invalid-parameter: /,
      )
    },
  )
})

describe('one campaign', () => {
  it('tells everything that explains it', async () => {
    const shown = await json<Record<string, unknown>>(anAdmin()('GET', AT, { token: VIEWER }))
    expect(Object.keys(shown).slice(10)).toEqual([
      'links',
      'judged',
      'hubs',
      'edges',
      'members_by_day',
      'forwarded_before',
      'forwarded_after',
      'history',
      'clears',
    ])
    expect(shown['judged']).toHaveLength(7)
    expect(shown['edges']).toEqual({ handed_over: 41, repeated_tasks: 118 })
    expect(shown['members_by_day']).toHaveLength(10)
    expect(shown['history']).toContainEqual({
      at: '2026-11-13T08:30:00.000Z',
      what: 'confirmed',
      level: 2,
      by: 'ops',
      note: 'same invoices, see ticket 4411',
    })
  })

  it.each(['', '/members', '/export'])('that is not there is a 404%s', async (rest) => {
    const asked = anAdmin()('GET', `/api/v1/campaigns/c-nowhere${rest}`)
    expect(await problem(asked)).toMatch(/^404 not-found/)
  })

  it('has no hostile id: each is a 400 or a 404, and none a fault of ours', async () => {
    const internal: unknown[] = []
    const call = anAdmin({ onInternal: (error) => void internal.push(error) })
    for (const text of [
      ...NAUGHTY,
      '../policy',
      '__proto__',
      'constructor',
      '%',
      'x'.repeat(999),
    ]) {
      // Alone in a path these are no names but steps.
      if (/^\.{0,2}$/.test(text) || !text.isWellFormed()) continue
      const path = `/api/v1/campaigns/${encodeURIComponent(text)}`
      for (const rest of ['', '/members', '/export?format=csv']) {
        expect([400, 404]).toContain((await call('GET', path + rest)).status)
      }
      expect([400, 404]).toContain((await label(call, { act: 'confirm', note: 'x' }, path)).status)
    }
    expect(internal).toEqual([])
  })
})

describe('the members of a campaign', () => {
  it('come in pages that hold each of them once, the most probable first', async () => {
    const call = anAdmin()
    const seen: string[] = []
    const probabilities: number[] = []
    let after = ''
    for (let pages = 0; pages < 100; pages++) {
      const page = await json<Members>(call('GET', `${AT}/members?limit=500${after}`))
      expect(page.total).toBe(2431)
      seen.push(...page.members.map(({ entity }) => entity))
      probabilities.push(...page.members.map(({ probability }) => probability))
      if (page.next === undefined) break
      after = `&after=${page.next}`
    }
    expect(new Set(seen).size).toBe(2431)
    expect(seen).toHaveLength(2431)
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a))
  })

  it('are neither repeated nor missed where others leave between two pages', async () => {
    const campaign = actingCampaign(60)
    const campaigns = createMemoryCampaigns({ campaigns: [campaign] })
    const call = anAdmin({ campaigns })
    const first = await json<Members>(call('GET', `${AT}/members?limit=20`))
    for (const { entity } of [first.members.at(-1), first.members[3]].filter(
      (m) => m !== undefined,
    )) {
      await label(call, { act: 'release', entity, note: 'honest' })
    }
    const rest = await json<Members>(call('GET', `${AT}/members?limit=100&after=${first.next}`))
    expect([...first.members, ...rest.members].map(({ entity }) => entity)).toEqual(
      campaign.members.map(({ entity }) => entity),
    )
    expect(rest.next).toBeUndefined()
  })

  it.each(['after=nonsense', 'after=', 'after=W10', `after=${'A'.repeat(3000)}`, 'limit=-1'])(
    'take no %s',
    async (query) => {
      expect(await problem(anAdmin()('GET', `${AT}/members?${query}`))).toMatch(
        /^400 invalid-parameter/,
      )
    },
  )
})

describe('a label', () => {
  const labelled = async (body: object) => {
    const audit = rememberedAudit()
    const campaigns = createMemoryCampaigns()
    const call = anAdmin({ audit, campaigns })
    const response = await label(call, body)
    return { audit: audit.entries, labels: campaigns.labels, response, call }
  }

  it.each([
    [
      { act: 'confirm', note: 'it is one' },
      { state: 'confirmed', level: 2, members: 2431 },
    ],
    [
      { act: 'raise', level: 4, note: 'stop it' },
      { level: 4, highest_level: 4 },
    ],
    [
      { act: 'dismiss', note: 'a class' },
      { state: 'dismissed', level: 0, members: 0 },
    ],
    [
      { act: 'release', note: 'all of them' },
      { state: 'ended', members: 0 },
    ],
    [
      { act: 'release', entity: 'acct_100000', note: 'known' },
      { state: 'acting', members: 2430 },
    ],
  ])(
    '%o is told to the detector, kept in the audit, and answered with what came of it',
    async (body, is) => {
      const { audit, labels, response } = await labelled(body)
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ id: ID, ...is })
      expect(labels).toEqual([
        {
          campaign: ID,
          by: 'ops',
          atMs: Date.UTC(2026, 3, 22),
          level: undefined,
          entity: undefined,
          ...body,
        },
      ])
      const [asked, done] = audit
      expect(audit).toHaveLength(2)
      expect(asked).toMatchObject({
        phase: 'asked',
        who: 'ops',
        what: `campaign.${body.act}`,
        why: body.note,
        before: { campaign: ID, was: { state: 'acting', level: 2, members: 2431 } },
      })
      expect(done).toMatchObject({ id: asked?.id, phase: 'done', after: { campaign: ID, is } })
    },
  )

  it('shows in the history of the campaign', async () => {
    const { call } = await labelled({ act: 'raise', level: 3, note: 'they came back' })
    const { history } = await json<{ history: readonly object[] }>(call('GET', AT))
    expect(history.at(-1)).toMatchObject({
      what: 'raised',
      level: 3,
      by: 'ops',
      note: 'they came back',
    })
  })

  it.each([
    [{ act: 'confirm' }, /note: say why/],
    [{ act: 'confirm', note: ' \t ' }, /note: say why/],
    [{ act: 'confirm', note: 'x'.repeat(501) }, /note/],
    [{ act: 'confirm', note: 'x', level: 2 }, /level/],
    [{ act: 'raise', note: 'x' }, /level/],
    [{ act: 'raise', level: 0, note: 'x' }, /level/],
    [{ act: 'raise', level: '3', note: 'x' }, /level/],
    [{ act: 'raise', level: 2, entity: 'acct_1', note: 'x' }, /entity/],
    [{ act: 'release', entity: '', note: 'x' }, /entity/],
    [{ act: 'release', entity: 'x'.repeat(257), note: 'x' }, /entity/],
    [{ act: 'forgive', note: 'x' }, /act/],
    [{ act: 'confirm', note: 'x', by: 'somebody else' }, /by/],
    [{}, /act/],
  ])('%o is a 400 that says what is wrong, and changes nothing', async (body, says) => {
    const { audit, labels, response } = await labelled(body)
    const said = await problem(Promise.resolve(response))
    expect(said).toMatch(/^400 invalid-parameter/)
    expect(said).toMatch(says)
    expect(audit).toEqual([])
    expect(labels).toEqual([])
  })

  it('to raise what stands higher is a 409 that says so, and no entry', async () => {
    const { audit, labels, response } = await labelled({ act: 'raise', level: 1, note: 'x' })
    expect(await problem(Promise.resolve(response))).toBe(
      '409 conflict: it is at level 2 already, and raise only raises; release or dismiss lowers it',
    )
    expect(audit).toEqual([])
    expect(labels).toEqual([])
  })

  it.each([
    ['release', '409 conflict: it has ended; there is nobody to act on'],
    ['dismiss', '409 conflict: it has no members any more; there is nobody to act on'],
  ])('to raise after %s is a 409, since nobody is left', async (act, says) => {
    const { audit, call } = await labelled({ act, note: 'x' })
    expect(await problem(label(call, { act: 'raise', level: 4, note: 'x' }))).toBe(says)
    expect(audit).toHaveLength(2)
  })

  it('to raise to where it stands holds it there', async () => {
    const { response, labels } = await labelled({ act: 'raise', level: 2, note: 'x' })
    expect(response.status).toBe(200)
    expect(labels).toHaveLength(1)
  })

  it('of a campaign that is not there is a 404 and no entry', async () => {
    const audit = rememberedAudit()
    const asked = label(
      anAdmin({ audit }),
      { act: 'confirm', note: 'x' },
      '/api/v1/campaigns/c-none',
    )
    expect(await problem(asked)).toMatch(/^404/)
    expect(audit.entries).toEqual([])
  })

  it('about somebody who is no member is a 404 that says so', async () => {
    const { audit, response } = await labelled({ act: 'release', entity: 'nobody', note: 'x' })
    expect(await problem(Promise.resolve(response))).toBe(
      '404 not-found: it has no such member, or is gone by now',
    )
    expect(audit.at(-1)).toMatchObject({ after: { entity: 'nobody', found: false } })
  })

  it('changes nothing where the audit cannot be written', async () => {
    const campaigns = createMemoryCampaigns()
    const audit = { ...rememberedAudit(), record: () => Promise.reject(new Error('full')) }
    const asked = label(anAdmin({ campaigns, audit }), { act: 'dismiss', note: 'x' })
    expect(await problem(asked)).toMatch(/^503 audit-failed/)
    expect(campaigns.labels).toEqual([])
  })
})

describe('a detector that cannot be reached', () => {
  const gone = (): Promise<never> => Promise.reject(new Fault('internal', { detail: 'gone' }))
  const away: Campaigns = { status: gone, list: gone, show: gone, members: gone, label: gone }

  it.each(['/api/v1/campaigns', AT, `${AT}/members`, `${AT}/export`])(
    'is a 503 that says what to do: %s',
    async (path) => {
      const internal: unknown[] = []
      const call = anAdmin({ campaigns: away, onInternal: (error) => void internal.push(error) })
      expect(await problem(call('GET', path))).toMatch(
        /^503 unavailable: .*cannot be reached.*restart/,
      )
      expect(internal).toEqual([])
    },
  )

  it('takes no label, and the audit says what became of one that was under way', async () => {
    const audit = rememberedAudit()
    const entries: readonly AuditEntry[] = audit.entries
    const all = anAdmin({ campaigns: away, audit })
    expect(await problem(label(all, { act: 'confirm', note: 'x' }))).toMatch(/^503 unavailable/)
    expect(entries).toEqual([])
    const leaving = anAdmin({ campaigns: { ...createMemoryCampaigns(), label: gone }, audit })
    expect(await problem(label(leaving, { act: 'confirm', note: 'x' }))).toMatch(
      /^503 unavailable: .*look at the history of the campaign/,
    )
    expect(entries.at(-1)).toMatchObject({ phase: 'done', after: { failed: 'unavailable' } })
  })

  it('that was never set up is a 503 that says so', async () => {
    const call = anAdmin({ campaigns: undefined })
    expect(await problem(call('GET', '/api/v1/campaigns'))).toMatch(
      /^503 unavailable: no detector runs/,
    )
    expect(await problem(label(call, { act: 'confirm', note: 'x' }))).toMatch(
      /^503 unavailable: no/,
    )
  })

  it('that breaks in a way nobody foresaw is told to the log', async () => {
    const internal: unknown[] = []
    const broken = { ...createMemoryCampaigns(), list: () => Promise.reject(new TypeError('oops')) }
    const call = anAdmin({ campaigns: broken, onInternal: (error) => void internal.push(error) })
    expect(await problem(call('GET', '/api/v1/campaigns'))).toMatch(/^500 internal/)
    expect(internal).toHaveLength(1)
  })
})
