import { describe, expect, it } from 'vitest'
import { MAX_SWITCHES } from '../../src/core/switches.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { anAdmin, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'
import { aSwitch, createMemoryBoard, someSwitches } from '../support/some-switches.ts'
import { problemOf, switchScene } from '../support/switch-scene.ts'

const AT = '/api/v1/switches'
const why = 'it hits customers'
const MINUTE_MS = 60_000

describe('switches of the admin API', () => {
  it('are set with who, why, since and until, and the difference from the files', async () => {
    const { write, told, list, audit } = switchScene()
    expect(await list()).toEqual({ version: 0, switches: [], degraded: [] })
    await told(write('PUT', '/r-1', { mode: 'shadow', why }, '"0"'))
    await told(write('PUT', '/daily', { mode: 'enforce', rollout: 2.5, for: '30m', why }, '"1"'))
    expect(await list()).toEqual({
      version: 2,
      switches: [
        {
          id: 'daily',
          mode: 'enforce',
          rollout: 2.5,
          written: { mode: 'shadow', rollout: 10 },
          in_files: true,
          differs: true,
          by: 'ops',
          why,
          since: '2027-01-15T08:00:00.000Z',
          until: '2027-01-15T08:30:00.000Z',
          confirmed: false,
          version: 2,
        },
        {
          id: 'r-1',
          mode: 'shadow',
          written: { mode: 'enforce', rollout: 100 },
          in_files: true,
          differs: true,
          by: 'ops',
          why,
          since: '2027-01-15T08:00:00.000Z',
          confirmed: true,
          version: 1,
        },
      ],
      degraded: [],
    })
    expect(audit.entries).toMatchObject([
      { who: 'ops', what: 'switch.set', why, before: { version: 0, switches: [] } },
      { after: { version: 1, switches: [{ id: 'r-1', mode: 'shadow' }] } },
      { before: { version: 1, switches: [] } },
      { after: { version: 2, switches: [{ id: 'daily', rollout: 2.5 }] } },
    ])
  })

  it('are confirmed, taken back one by one, and all at once', async () => {
    const { write, told, audit, clock, list } = switchScene()
    await told(write('PUT', '/r-1', { mode: 'off', for: '30m', why }, '"0"'))
    const stays = await told(write('POST', '/r-1/confirm', { why: 'helped' }, '"1"'))
    expect(stays).toMatchObject({ version: 2, switches: [{ id: 'r-1', confirmed: true }] })
    expect(stays.switches[0]).not.toHaveProperty('until')
    clock.advance(31 * MINUTE_MS)
    expect((await list()).switches).toHaveLength(1)
    expect(await problemOf(write('POST', '/r-1/confirm', {}, '"2"'))).toBe(
      '409 conflict: this switch stays already',
    )
    await told(write('PUT', '/daily', { mode: 'off', why }, '"2"'))
    expect((await told(write('DELETE', '/r-1', {}, '"3"'))).switches).toMatchObject([
      { id: 'daily' },
    ])
    expect(await told(write('POST', '/reset', { why: 'over' }))).toMatchObject({
      version: 5,
      switches: [],
    })
    expect(audit.entries.filter(({ phase }) => phase === 'asked')).toMatchObject([
      { what: 'switch.set' },
      { what: 'switch.confirm', why: 'helped', before: { switches: [{ confirmed: false }] } },
      { what: 'switch.set' },
      { what: 'switch.clear', before: { switches: [{ id: 'r-1' }] } },
      { what: 'switch.reset', why: 'over', before: { switches: [{ id: 'daily' }] } },
    ])
  })

  it('that were not confirmed in time are none any more', async () => {
    const { write, told, clock, list } = switchScene()
    await told(write('PUT', '/r-1', { mode: 'off', for: '30m', why }, '"0"'))
    clock.advance(30 * MINUTE_MS)
    expect((await list()).switches).toEqual([])
    expect(await problemOf(write('POST', '/r-1/confirm', {}, '"1"'))).toMatch(/^404 not-found/)
    expect(await problemOf(write('DELETE', '/r-1', {}, '"1"'))).toMatch(/^404 not-found/)
  })

  it('are none where they equal the file', async () => {
    const { write, told, audit, board } = switchScene()
    for (const asked of [{ mode: 'shadow' }, { rollout: 10 }, { mode: 'shadow', rollout: 10 }]) {
      const { version, switches } = await told(write('PUT', '/daily', { ...asked, why }, '"0"'))
      expect([version, switches]).toEqual([0, []])
    }
    expect([board.changes(), audit.entries]).toEqual([0, []])
    await told(write('PUT', '/r-1', { mode: 'off', why }, '"0"'))
    await told(write('PUT', '/daily', { mode: 'off', why }, '"1"'))
    const back = await told(write('PUT', '/daily', { mode: 'shadow', why }, '"2"'))
    expect(back).toMatchObject({ version: 3, switches: [{ id: 'r-1' }] })
  })

  it('need the version they are meant for, and say how things stand where it is another', async () => {
    const { write, told, board } = switchScene()
    await told(write('PUT', '/r-1', { mode: 'off', why }, '"0"'))
    const late = await write('PUT', '/daily', { mode: 'off', why }, '"0"')
    expect(late.status).toBe(412)
    expect(late.headers.get('etag')).toBe('"1"')
    expect(await late.json()).toMatchObject({
      type: 'urn:stillwatch:problem:precondition-failed',
      current: { version: 1, switches: [{ id: 'r-1', mode: 'off' }] },
    })
    const writes = [
      ['PUT', '/daily', { mode: 'off', why }],
      ['POST', '/r-1/confirm', {}],
      ['DELETE', '/r-1', {}],
      ['POST', '/reset', {}],
    ] as const
    for (const [method, path, body] of writes) {
      const none = switchScene().call(method, AT + path, { body: JSON.stringify(body) })
      expect(await problemOf(none), path).toMatch(/^428 precondition-required/)
      expect(await problemOf(write(method, path, body, '"9"')), path).toMatch(/^412/)
      for (const malformed of ['1', 'W/"1"', '"1", "2"', '"x"', '"-1"', '""', '"1e3"'])
        expect(await problemOf(write(method, path, body, malformed)), malformed).toMatch(/^400/)
      if (path !== '/reset')
        expect(await problemOf(write(method, path, body, '*')), path).toMatch(/^400/)
    }
    expect(board.changes()).toBe(1)
  })

  it('of an unknown id are refused with the nearest one', async () => {
    const { write, audit, told } = switchScene()
    const set = (id: string): Promise<string> =>
      problemOf(write('PUT', `/${encodeURIComponent(id)}`, { mode: 'off', why }, '"0"'))
    expect(await set('deny-hostign')).toBe(
      '404 not-found: no rule or limit has that id; is it deny-hosting?',
    )
    expect(await set('completely-other')).toBe('404 not-found: no rule or limit has that id')
    expect(audit.entries).toEqual([])
    await told(write('PUT', '/deny-hosting', { mode: 'off', why }, '"0"'))
    expect(await problemOf(write('DELETE', '/deny-hsting', {}, '"1"'))).toBe(
      '404 not-found: no switch of that id is set; is it deny-hosting?',
    )
    for (const id of NAUGHTY.filter((text) => text !== '' && text.isWellFormed())) {
      const path = `/${encodeURIComponent(id)}`
      const naughty = switchScene().write('PUT', path, { mode: 'off', why }, '"0"')
      expect(await problemOf(naughty), id.slice(0, 20)).toMatch(/^40[045] /)
    }
  })

  it.each<[string, object]>([
    ['no reason', { mode: 'off' }],
    ['an empty reason', { mode: 'off', why: ' ' }],
    ['a long reason', { mode: 'off', why: 'x'.repeat(501) }],
    ['another mode', { mode: 'on', why }],
    ['nothing to set', { why }],
    ['a rollout over 100', { rollout: 101, why }],
    ['a rollout below 0', { rollout: -1, why }],
    ['a rollout in words', { rollout: '10', why }],
    ['a time of no unit', { mode: 'off', for: '30', why }],
    ['a time beyond 30 days', { mode: 'off', for: '31d', why }],
    ['another field', { mode: 'off', why, until: 1 }],
  ])('are refused with %s', async (_, body) => {
    const { write, audit, board } = switchScene()
    expect(await problemOf(write('PUT', '/r-1', body, '"0"'))).toMatch(/^400 invalid-parameter/)
    expect([audit.entries, board.changes()]).toEqual([[], 0])
  })

  it('are not for viewers, other sites and forms', async () => {
    const { write, call, audit, board } = switchScene({ version: 1, entries: [aSwitch()] })
    const writes = [
      ['PUT', '/r-1', { mode: 'shadow', why }],
      ['POST', '/r-1/confirm', {}],
      ['DELETE', '/r-1', {}],
      ['POST', '/reset', {}],
    ] as const
    for (const [method, path, body] of writes) {
      expect(await problemOf(write(method, path, body, '"1"', VIEWER))).toMatch(
        /^403 role-required/,
      )
      expect(await problemOf(write(method, path, body, '"1"', ''))).toMatch(/^401 token-required/)
      const sent = (headers: { readonly [name: string]: string }): Promise<string> =>
        problemOf(
          call(method, AT + path, {
            headers: { 'if-match': '"1"', ...headers },
            body: JSON.stringify(body),
          }),
        )
      expect(await sent({ origin: 'https://evil.example' })).toMatch(/^403 cross-site/)
      expect(await sent({ 'sec-fetch-site': 'cross-site' })).toMatch(/^403 cross-site/)
      expect(await sent({ 'content-type': 'text/plain' })).toMatch(/^415 json-required/)
      expect(await sent({ host: 'evil.example' })).toMatch(/^421 invalid-host/)
      const large = call(method, AT + path, {
        headers: { 'if-match': '"1"' },
        body: ' '.repeat(70_000),
      })
      expect(await problemOf(large)).toMatch(/^413 body-too-large/)
    }
    expect([audit.entries, board.changes()]).toEqual([[], 0])
  })

  it('that cannot be audited are not made', async () => {
    const clock = createFakeClock()
    const board = createMemoryBoard()
    const audit = { ...rememberedAudit(), record: () => Promise.reject(new Error('full')) }
    const call = anAdmin({ clock, audit, switches: someSwitches(board, clock) })
    const body = JSON.stringify({ mode: 'off', why })
    const set = call('PUT', `${AT}/r-1`, { headers: { 'if-match': '"0"' }, body })
    expect(await problemOf(set)).toMatch(/^503 audit-failed/)
    expect(board.changes()).toBe(0)
  })

  it('are shown as last known and not changed while they cannot be reached', async () => {
    const { write, board, list, told, audit } = switchScene()
    await told(write('PUT', '/r-1', { mode: 'off', why }, '"0"'))
    const recorded = audit.entries.length
    board.fail('before')
    expect(await list()).toMatchObject({
      version: 1,
      switches: [{ id: 'r-1' }],
      degraded: ['switches'],
    })
    expect(await problemOf(write('PUT', '/r-1', { mode: 'shadow', why }, '"1"'))).toMatch(
      /^503 unavailable: .*those that are known hold/,
    )
    expect(audit.entries).toHaveLength(recorded)
    board.fail('after')
    // Made, and its answer lost: that is found out.
    expect(await told(write('PUT', '/r-1', { mode: 'shadow', why }, '"1"'))).toMatchObject({
      version: 2,
      switches: [{ mode: 'shadow' }],
    })
  })

  it('are bounded in number', async () => {
    const entries = Array.from({ length: MAX_SWITCHES }, (_, at) => aSwitch({ id: `gone-${at}` }))
    const { write, told, list } = switchScene({ version: 1, entries })
    expect(await problemOf(write('PUT', '/r-1', { mode: 'off', why }, '"1"'))).toMatch(
      /^409 conflict: there are 1000 switches/,
    )
    expect((await list()).switches[0]).toMatchObject({ in_files: false, differs: false })
    expect((await told(write('POST', '/reset', {}))).switches).toEqual([])
  })

  it('of one hundred operators at once are each made once or refused, and none is lost', async () => {
    const { write, list, audit } = switchScene()
    const operators = Array.from({ length: 100 }, async (_, at) => {
      const id = at % 2 === 0 ? 'r-1' : 'daily'
      const answer = await write('PUT', `/${id}`, { mode: 'off', why: `operator ${at}` }, '"0"')
      return { status: answer.status, why: `operator ${at}` }
    })
    const outcomes = await Promise.all(operators)
    const made = outcomes.filter(({ status }) => status === 200)
    expect(made).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 412)).toHaveLength(99)
    expect((await list()).switches).toMatchObject([{ why: made[0]?.why }])
    const done = audit.entries.filter(({ phase }) => phase === 'done')
    expect(JSON.stringify(done).match(/"version":1,"switches"/g)).toHaveLength(1)
  })

  it('are unavailable where nobody keeps them', async () => {
    const call = anAdmin({ switches: undefined })
    expect(await problemOf(call('GET', AT))).toMatch(
      /^503 unavailable: this guard keeps no switches/,
    )
    const reset = call('POST', `${AT}/reset`, { headers: { 'if-match': '*' } })
    expect(await problemOf(reset)).toMatch(/^503 unavailable/)
    expect((await call('GET', '/api/v1/policy')).status).toBe(200)
  })
})
