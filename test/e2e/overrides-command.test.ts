import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { addOverrides } from '../../src/commands/overrides-cli.ts'
import { createOverrideAdministration } from '../../src/overrides/override-administration.ts'
import { createOverrideTable } from '../../src/overrides/override-table.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { OPERATOR, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'
import { runCommand, type Ran } from '../support/run-command.ts'

const clock = createFakeClock()
const table = createOverrideTable()
const audit = rememberedAudit()
let there: Awaited<ReturnType<typeof startAdminListener>>

beforeAll(async () => {
  const ledger = { put: async (one: Parameters<typeof table.take>[0]) => void table.take(one) }
  there = await startAdminListener({
    clock,
    audit,
    overrides: {
      administration: createOverrideAdministration({ ledger, table, clock }),
      isProven: () => false,
      degraded: () => [],
    },
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await there.close()
})

const overrides = (args: readonly string[], token = OPERATOR): Promise<Ran> =>
  runCommand(addOverrides, ['overrides', ...args, '--admin', there.url], {
    token,
    nowMs: () => clock.now(),
  })

const LIFE = ['--for', '12h', '--why', 'ticket 4711']

it('lets pass, refuses, lists and ends, and the audit says who and why', async () => {
  const allowed = await overrides(['allow', '--account', 'acct_7', ...LIFE, '--json'])
  expect(allowed).toMatchObject({ status: 0, err: '' })
  const { id } = JSON.parse(allowed.out) as { readonly id: string }
  clock.advance(1_000)
  const denied = await overrides(['deny', '--entity', 'org_1', ...LIFE])
  expect(denied.out).toMatch(/^deny entity org_1 until .*: [\w-]{22}\n$/)
  const listed = await overrides(['list'], VIEWER)
  expect(listed.out.split('\n')).toEqual([
    expect.stringMatching(/^ID +VERDICT +OF +SINCE +UNTIL +BY +WHY$/),
    expect.stringMatching(/ deny +entity org_1 .* ops +ticket 4711$/),
    expect.stringMatching(new RegExp(`^${id} +allow +account acct_7 .* ops +ticket 4711$`)),
    '',
  ])
  const over = await overrides(['end', id, '--why', 'over'])
  expect(over).toEqual({ status: 0, out: `ended ${id}: allow of account acct_7\n`, err: '' })
  expect(await overrides(['end', id, '--why', 'again'])).toMatchObject({ status: 1, out: '' })
  expect((await overrides(['list', '--state', 'ended'])).out).toContain('allow, ended')
  expect(audit.entries.map(({ what, who, why }) => [what, who, why])).toContainEqual([
    'override.set',
    'ops',
    'ticket 4711',
  ])
})

it('asks back before a whole network or system is refused', async () => {
  const asked = await overrides(['deny', '--asn', 'AS64500', ...LIFE])
  expect(asked).toMatchObject({ status: 1, out: '' })
  expect(asked.err).toMatch(/^stillwatch: everybody in AS64500 would be refused: .*confirm\n$/)
  const confirmed = await overrides(['deny', '--asn', 'AS64500', '--confirm', ...LIFE])
  expect(confirmed).toMatchObject({ status: 0, err: '' })
  expect(confirmed.out).toMatch(/^deny AS64500 until /)
})

it('is used wrongly with exit 2, and names the next page', async () => {
  expect((await overrides(['allow', '--account', 'a', '--for', '1h'])).status).toBe(2)
  expect((await overrides(['allow', '--account', 'a', '--for', 'long', '--why', 'x'])).status).toBe(
    2,
  )
  expect((await overrides(['deny', '--asn', 'x', ...LIFE])).status).toBe(2)
  expect((await overrides(['allow', ...LIFE])).err).toContain('write one of account, entity')
  for (let at = 0; at < 2; at++) {
    clock.advance(1_000)
    await overrides(['allow', '--account', 'pages', ...LIFE])
  }
  const first = await overrides(['list', '--account', 'pages', '--limit', '1'])
  expect(first.out).toMatch(/overrides list --admin \S+ --account pages --limit 1 --after \S+\n$/)
})
