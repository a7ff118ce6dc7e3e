import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClearanceAdministration } from '../../src/challenges/clearance-administration.ts'
import { addClearances } from '../../src/commands/clearances-cli.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { aClearance } from '../support/a-clearance.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { OPERATOR, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { startLoopbackServer } from '../support/loopback-server.ts'
import { aStepUp, createStepUpWorld } from '../support/step-up-world.ts'
import { collected, runCommand, type Ran } from '../support/run-command.ts'

const DECISION = '01k0000000000000000000aaaa'

const world = createStepUpWorld()
const audit = rememberedAudit()
let there: Awaited<ReturnType<typeof startAdminListener>>

beforeAll(async () => {
  const { clock } = world
  const clearances = createClearanceAdministration(world)
  const record = JSON.stringify({
    'stillwatch.challenge.kind': 'step_up',
    'stillwatch.challenge.id': 'c'.repeat(22),
    'stillwatch.facts': { 'account.id': 'by_phone' },
  })
  const decisions: AdminParts['decisions'] = {
    query: () => Promise.resolve({ ok: false, why: 'unavailable' }),
    find: (id) => Promise.resolve({ ok: true, value: id === DECISION ? record : undefined }),
  }
  there = await startAdminListener({ clock, audit, clearances, decisions })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await there.close()
})

const clearances = (
  args: readonly string[],
  { token = OPERATOR, admin = there.url }: { token?: string; admin?: string } = {},
): Promise<Ran> =>
  runCommand(addClearances, ['clearances', ...args, '--admin', admin], {
    token,
    nowMs: () => world.clock.now(),
  })

describe('the command clearances', () => {
  it('grants, lists and revokes, and the audit says who and why', async () => {
    const granted = await clearances(
      ['grant', '--account', 'acct_7', '--kind', 'human'].concat([
        '--lifetime',
        '12h',
        '--why',
        'ticket 4711',
        '--json',
      ]),
    )
    expect(granted).toMatchObject({ status: 0, err: '' })
    const { id } = JSON.parse(granted.out) as { readonly id: string }

    const listed = await clearances(['list', '--account', 'acct_7'], { token: VIEWER })
    expect(listed).toMatchObject({ status: 0, err: '' })
    expect(listed.out.split('\n')).toEqual([
      expect.stringMatching(/^ID +KIND +STATE +OF +SINCE +UNTIL +WHY$/),
      expect.stringMatching(new RegExp(`^${id} +human +granted +acct_7 .*by hand$`)),
      '',
    ])

    const revoked = await clearances(['revoke', id, '--why', 'sold on'])
    expect(revoked).toMatchObject({ status: 0, err: '' })
    expect(revoked.out).toMatch(new RegExp(`^revoked ${id}: human of acct_7, until `))
    expect(audit.entries.map(({ what, why }) => [what, why])).toEqual([
      ['clearance.grant', 'ticket 4711'],
      ['clearance.grant', undefined],
      ['clearance.revoke', 'sold on'],
      ['clearance.revoke', undefined],
    ])

    expect(await clearances(['revoke', id, '--why', 'again'])).toEqual({
      status: 1,
      out: '',
      err: 'stillwatch: it is revoked already\n',
    })
  })

  it('settles a step-up with the facts that it has changed', async () => {
    const issued = aStepUp(world.clock.now())
    const challenge = world.seal(issued)
    const settled = await clearances(
      ['settle', challenge, '--result', 'verified', '--why', 'called back'].concat([
        '--fact',
        'account.verified=identity',
        '--fact',
        'payment.verified=true',
      ]),
    )
    expect(settled).toMatchObject({ status: 0, err: '' })
    expect(settled.out).toMatch(new RegExp(`^granted ${issued.id}: step_up of acct_1, `))
    const [clearance] = await world.ledger.of('a:acct_1')
    expect(clearance?.facts).toEqual({ 'account.verified': 'identity', 'payment.verified': true })
    const other = await clearances(['settle', challenge, '--result', 'refused', '--why', 'x'])
    expect(other).toMatchObject({ status: 1, out: '' })
    expect(other.err).toContain('was granted before')
  })

  it('settles a step-up by the id of the request, and shows that it was by hand', async () => {
    const args = ['settle', DECISION, '--result', 'verified', '--lifetime', '2h', '--why', 'phone']
    const settled = await clearances(args)
    expect(settled).toMatchObject({ status: 0, err: '' })
    expect(settled.out).toMatch(/^granted c{22}: step_up of by_phone, until /)
    expect((await clearances(['list', '--account', 'by_phone'])).out).toMatch(/by hand\n$/)
    const other = await clearances(['settle', 'x', '--result', 'verified', '--why', 'phone'])
    expect([other.status, other.err]).toEqual([1, expect.stringContaining('no decision of this')])
  })

  it('tells a step-up that was settled by hand from one that the console has', async () => {
    const [one, other] = [aStepUp(world.clock.now()), aStepUp(world.clock.now())].map((issued) => ({
      ...issued,
      subject: 'a:told_apart',
    }))
    if (one === undefined || other === undefined) throw new Error('there are two')
    await clearances(['settle', world.seal(one), '--result', 'verified', '--why', 'x'])
    await world.answering.settle(other, 'granted')
    const { out } = await clearances(['list', '--account', 'told_apart'])
    expect(out).toMatch(new RegExp(`${one.id} .* by hand; decision ${one.decision}`))
    expect(out).toMatch(new RegExp(`${other.id} .*(?<!by hand; )decision ${other.decision}`))
  })

  it('remarks that no account of that id is known', async () => {
    const args = ['--kind', 'human', '--lifetime', '1h', '--why', 'x']
    const slip = await clearances(['grant', '--account', 'acct_tpyo', ...args])
    expect(slip.out).toMatch(/^granted .*\nnote: no account of this id is known here\n$/)
    const known = await clearances(['grant', '--account', 'acct_1', ...args])
    expect(known.out).not.toContain('note:')
  })

  it('names all options that are missing at once, and marks them in the help', async () => {
    const before = audit.entries.length
    const none = await clearances(['grant'])
    expect(none).toMatchObject({ status: 2, out: '' })
    for (const flag of ['--why', '--kind', '--lifetime']) expect(none.err).toContain(`'${flag} <`)
    expect(none.err).not.toContain("'--admin")
    expect(audit.entries).toHaveLength(before)
    const program = new Command('stillwatch')
    addClearances(
      program,
      { streams: { out: collected().stream, err: collected().stream } },
      async () => undefined,
    )
    const grant = program.commands[0]?.commands.find((one) => one.name() === 'grant')
    expect(grant?.helpInformation().match(/\(required\)/g)).toHaveLength(4)
  })

  it('names the command for the next page, which shows what comes then', async () => {
    for (let n = 0; n < 3; n++) {
      world.clock.advance(1_000)
      await world.ledger.put(aClearance({ subject: 'a:pages', atMs: world.clock.now() }))
    }
    const first = await clearances(['list', '--account', 'pages', '--limit', '2'])
    const next = /clearances (list .*)\n$/.exec(first.out)?.[1]?.split(' ') ?? []
    expect(next).toContain('--after')
    const last = await clearances(next)
    expect(last.out.split('\n')).toHaveLength(3)
    expect(last.out).not.toContain('There are more')
  })

  it('says that there are none, and that the store did not answer', async () => {
    expect(await clearances(['list', '--account', 'nobody'])).toMatchObject({
      status: 0,
      out: 'No clearances.\n',
    })
    world.ledger.fail(true)
    const { out } = await clearances(['list', '--account', 'nobody'])
    world.ledger.fail(false)
    expect(out).toMatch(/^The store did not answer/)
  })

  it.each([
    [['grant', '--account', 'a', '--kind', 'captcha', '--lifetime', '1h', '--why', 'x']],
    [['grant', '--account', 'a', '--kind', 'human', '--lifetime', 'soon', '--why', 'x']],
    [['grant', '--account', 'a', '--kind', 'human', '--lifetime', '1h']],
    [['revoke', 'x', '--why', ' ']],
    [['settle', 'x', '--result', 'granted', '--why', 'x']],
    [['settle', 'x', '--result', 'verified', '--why', 'x', '--fact', 'account.plan=pro']],
    [['settle', 'x', '--result', 'verified', '--why', 'x', '--fact', 'account.verified']],
    [['settle', 'x', '--result', 'verified', '--why', 'x', '--fact', '__proto__=x']],
    [['list', '--limit', '0']],
  ])('is wrongly used by %j', async (args) => {
    const before = audit.entries.length
    expect(await clearances(args)).toMatchObject({ status: 2, out: '' })
    expect(audit.entries).toHaveLength(before)
  })

  it('fails in words where the guard does not know, does not allow, or does not speak of them', async () => {
    const why = ['--why', 'x']
    const unknown = await clearances(['revoke', 'a'.repeat(22), ...why])
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('no such resource')])
    const viewer = await clearances(['revoke', 'a'.repeat(22), ...why], { token: VIEWER })
    expect([viewer.status, viewer.err]).toEqual([3, expect.stringContaining('role')])
    const other = await startLoopbackServer()
    other.answer((response) => response.end('{"clearances":[{"id":"\u001b[2J"}]}'))
    const strange = await clearances(['list'], { admin: other.url })
    await other.close()
    expect([strange.status, strange.out]).toEqual([3, ''])
    expect(strange.err).toContain('does not speak of clearances')
  })
})
