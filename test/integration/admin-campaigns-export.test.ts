import { describe, expect, it } from 'vitest'
import { anAdmin, VIEWER } from '../support/an-admin.ts'
import { csvRows } from '../support/csv-rows.ts'
import { createMemoryCampaigns } from '../support/memory-campaigns.ts'
import { actingCampaign, hostileCampaign } from '../support/some-campaigns.ts'

const ID = 'c-20261112-7f3a'

const exported = (id: string, format: string, campaigns = createMemoryCampaigns()) =>
  anAdmin({ campaigns })('GET', `/api/v1/campaigns/${id}/export?format=${format}`, {
    token: VIEWER,
  })

describe('an export as JSON', () => {
  it('holds the evidence and every member', async () => {
    const response = await exported(ID, 'json')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="campaign-${ID}.json"`,
    )
    const { campaign, members } = (await response.json()) as {
      campaign: { id: string; links: unknown[] }
      members: { entity: string }[]
    }
    expect(campaign).toMatchObject({ id: ID, level: 2 })
    expect(campaign.links).toHaveLength(3)
    expect(members.map(({ entity }) => entity)).toEqual(
      actingCampaign().members.map(({ entity }) => entity),
    )
  })

  it('is whole without a member too', async () => {
    const campaigns = createMemoryCampaigns({ campaigns: [actingCampaign(0)] })
    expect(await (await exported(ID, 'json', campaigns)).json()).toMatchObject({ members: [] })
  })
})

describe('an export as CSV', () => {
  it('has a line of names and then one line a piece of evidence and a member', async () => {
    const response = await exported(ID, 'csv')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    const [names = [], ...rows] = csvRows(await response.text())
    expect(names.slice(0, 7)).toEqual([
      'kind',
      'campaign',
      'entity',
      'probability',
      'joined_at',
      'level',
      'calls',
    ])
    for (const row of rows) expect(row).toHaveLength(names.length)
    const kinds = Object.groupBy(rows, ([kind = '']) => kind)
    expect(Object.entries(kinds).map(([kind, all]) => [kind, all?.length])).toEqual([
      ['campaign', 1],
      ['axis', 7],
      ['link', 3],
      ['hub', 1],
      ['moment', 3],
      ['member', 2431],
    ])
  })

  it('holds no cell that a spreadsheet would run, and loses no name', async () => {
    const rows = csvRows(await (await exported('c-20261118-beef', 'csv')).text())
    const numbers = /^-?\d+(\.\d+)?(e[+-]\d+)?$/
    for (const cell of rows.flat()) {
      if (!numbers.test(cell)) expect(cell.trimStart()).not.toMatch(/^[\s\p{C}]*[=+\-@＝]|^\t/u)
    }
    const names = rows.filter(([kind]) => kind === 'member').map(([, , entity = '']) => entity)
    expect(names.map((name) => name.replace(/^'/, '')).toSorted()).toEqual(
      hostileCampaign()
        .members.map(({ entity }) => entity)
        .toSorted(),
    )
    expect(rows.filter(([kind]) => kind === 'link')[0]).toContain(
      `'=HYPERLINK("http://evil.example","\u001b[2Jclick")`,
    )
  })

  it('is JSON unless asked otherwise, and takes no other form', async () => {
    const call = anAdmin()
    const plain = await call('GET', `/api/v1/campaigns/${ID}/export`)
    expect(plain.headers.get('content-type')).toBe('application/json')
    await plain.body?.cancel()
    expect((await exported(ID, 'xlsx')).status).toBe(400)
  })
})

describe('the export of 25,000 members', () => {
  const COUNT = 25_000
  const campaigns = createMemoryCampaigns({ campaigns: [actingCampaign(COUNT)] })

  it.each(['csv', 'json'])(
    'comes in small pieces, each made when the last was taken: %s',
    async (format) => {
      const response = await exported(ID, format, campaigns)
      const sizes: number[] = []
      const decoder = new TextDecoder()
      let text = ''
      // The library types leave the pieces of a body open; the Fetch standard says they are bytes.
      for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        sizes.push(piece.length)
        text += decoder.decode(piece, { stream: true })
      }
      expect(sizes.length).toBeGreaterThanOrEqual(COUNT / 500)
      expect(Math.max(...sizes)).toBeLessThan(128 * 1024)
      const members =
        format === 'csv'
          ? csvRows(text).filter(([kind]) => kind === 'member').length
          : (JSON.parse(text) as { members: unknown[] }).members.length
      expect(members).toBe(COUNT)
    },
  )

  it('ends where the reader leaves', async () => {
    const response = await exported(ID, 'csv', campaigns)
    const reader = response.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
    expect((await reader?.read())?.done).toBe(true)
  })
})
