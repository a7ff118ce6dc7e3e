import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { addSwitches } from '../../src/commands/switches-cli.ts'
import type { SwitchBoard } from '../../src/core/switches.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { OPERATOR, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'
import { startLoopbackServer } from '../support/loopback-server.ts'
import { someJudging } from '../support/some-judging.ts'
import { aSwitch, createMemoryBoard, someSwitches } from '../support/some-switches.ts'
import { runCommand, type Ran } from '../support/run-command.ts'

const clock = createFakeClock(1_800_000_000_000)
const audit = rememberedAudit()
const memory = createMemoryBoard()
/** What others do right before a change of this one. */
const others: (() => Promise<unknown>)[] = []
const board: SwitchBoard = {
  read: () => memory.read(),
  change: async (version, entries) => {
    await others.shift()?.()
    return memory.change(version, entries)
  },
}
let there: Awaited<ReturnType<typeof startAdminListener>>

const judging = someJudging()
/** What weighing a change comes to; as it is, unless a test says other. */
const asItIs: typeof judging.backtesting.run = (...given) => judging.backtesting.run(...given)
let weigh = asItIs

beforeAll(async () => {
  there = await startAdminListener({
    clock,
    audit,
    switches: someSwitches(board, clock),
    judging: {
      ...judging,
      backtesting: { ...judging.backtesting, run: (...given) => weigh(...given) },
    },
  })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await there.close()
})

const switches = (
  line: string,
  { token = OPERATOR, admin = there.url }: { token?: string; admin?: string } = {},
): Promise<Ran> =>
  runCommand(addSwitches, ['switches', ...line.split(' '), '--admin', admin].filter(Boolean), {
    token,
    nowMs: () => clock.now(),
  })

describe('the command switches', () => {
  it('sets, lists, confirms, clears and resets, and the audit says who and why', async () => {
    expect(await switches('list')).toMatchObject({
      status: 0,
      out: 'No switches: all is as the files say.\n',
    })
    expect(await switches('set r-1 --mode off --rollout 10 --for 30m --why customers')).toEqual({
      status: 0,
      err: '',
      out: expect.stringMatching(/^r-1: off 10 % \(file: enforce 100 %\), until .*\n$/),
    })
    const listed = await switches('list', { token: VIEWER })
    expect(listed.out.split('\n')).toEqual([
      expect.stringMatching(/^ID +MODE +ROLLOUT +FILE SAYS +BY +SINCE +UNTIL +WHY$/),
      expect.stringMatching(/^r-1 +off +10 % +enforce 100 % +ops .* customers$/),
      '',
      'Version 1.',
      '',
    ])
    const confirmed = await switches('confirm r-1 --json')
    expect(JSON.parse(confirmed.out)).toMatchObject({
      version: 2,
      switches: [{ id: 'r-1', mode: 'off', confirmed: true }],
      degraded: [],
    })
    expect(await switches('clear r-1 --why over')).toEqual({
      status: 0,
      err: '',
      out: 'r-1: as the file says\n',
    })
    await switches('set r-1 --mode shadow --why again')
    expect(await switches('reset')).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^No switches/),
    })
    const asked = audit.entries.filter(({ phase }) => phase === 'asked')
    expect(asked.map(({ who, what, why }) => [who, what, why])).toEqual([
      ['ops', 'switch.set', 'customers'],
      ['ops', 'switch.confirm', undefined],
      ['ops', 'switch.clear', 'over'],
      ['ops', 'switch.set', 'again'],
      ['ops', 'switch.reset', undefined],
    ])
  })

  it('goes on where others switch another rule meanwhile, and stops where it is the same one', async () => {
    const by = (id: string) => async () => {
      const { version, entries } = await memory.read()
      await memory.change(version, [...entries, aSwitch({ id, version: version + 1 })])
    }
    others.push(by('r-2'), by('r-3'))
    expect(await switches('set r-1 --mode off --why x')).toMatchObject({ status: 0, err: '' })
    const { entries } = await memory.read()
    expect(entries.map(({ id }) => id)).toEqual(['r-2', 'r-3', 'r-1'])
    await switches('clear r-1')
    others.push(by('r-1'))
    expect(await switches('set r-1 --mode shadow --why x')).toMatchObject({
      status: 1,
      out: '',
      err: expect.stringMatching(/^stillwatch: the switches are of version \d+ by now/),
    })
    expect((await memory.read()).entries.find(({ id }) => id === 'r-1')?.mode).toBe('off')
    // Who resets means whatever is set.
    others.push(by('r-4'), by('r-5'))
    expect(await switches('reset')).toMatchObject({ status: 0 })
    expect((await memory.read()).entries).toEqual([])
  })

  it('says whom a change would refuse and how to go on, and goes on confirmed', async () => {
    onTestFinished(() => {
      weigh = asItIs
    })
    weigh = async (after, options) => {
      const result = await judging.backtesting.run(after, options)
      if (result === 'busy') return result
      const example = {
        id: 'id-7',
        atMs: clock.now(),
        account: 'acct_1',
        entity: 'org_1\u001b[2J',
        from: 'allow',
        to: 'deny',
        ruleBefore: undefined,
        ruleAfter: 'r-1',
      } as const
      return {
        ...result,
        calls: 1_000,
        judged: 990,
        entities: { ...result.entities, refused: 4, refusedProven: 3 },
        examples: [example],
      }
    }
    await switches('set r-1 --mode off --why x')
    for (const line of ['clear r-1', 'reset', 'set r-1 --mode enforce --why x']) {
      const asked = await switches(line)
      expect([asked.status, asked.out], line).toEqual([1, ''])
      expect(asked.err.split('\n')).toEqual([
        'stillwatch: nothing was changed, for it would newly refuse 3 proven entities',
        '  proven that would newly be refused: 3, not known: 0',
        expect.stringMatching(/^ {2}by 1.?000 recorded calls, 990 judged$/),
        '',
        expect.stringMatching(/^DECISION +AT +ENTITY +CHANGE +BY$/),
        expect.stringMatching(/^id-7 +15 Jan 08:00 +org_1·\[2J +allow to deny +r-1$/),
        '',
        'add --confirm to go on',
        '',
      ])
    }
    weigh = () => Promise.resolve('busy')
    expect(await switches('clear r-1')).toEqual({
      status: 1,
      out: '',
      err: expect.stringMatching(/could not be weighed .*\nadd --confirm to go on\n$/),
    })
    expect(await switches('clear r-1 --confirm')).toMatchObject({ status: 0, err: '' })
    await switches('set r-1 --mode off --why x')
    expect(await switches('reset --confirm')).toMatchObject({ status: 0, err: '' })
    await switches('set r-1 --mode off --why x')
    const set = 'set r-1 --mode enforce --rollout 50 --why x --confirm'
    expect(await switches(set)).toMatchObject({ status: 0, err: '' })
    await switches('reset --confirm')
  })

  it('shows what callers of the API wrote without letting it move the cursor', async () => {
    const { version } = await memory.read()
    const why = '\u001b[2Jgone \u202e'
    await memory.change(version, [aSwitch({ id: 'in-no-file', why, version: version + 1 })])
    const { out } = await switches('list')
    expect(out).toMatch(/in-no-file +off +no such id .*·\[2Jgone ·\n/)
    await switches('reset')
  })

  it('says that the store did not answer', async () => {
    memory.fail('before')
    const listed = await switches('list')
    const set = await switches('set r-1 --mode off --why x')
    memory.fail('never')
    expect(listed.out).toMatch(/^The store did not answer/)
    expect(set).toMatchObject({ status: 3, err: expect.stringContaining('cannot be changed') })
  })

  it.each([
    'set r-1 --mode on --why x',
    'set r-1 --rollout 101 --why x',
    'set r-1 --rollout ten --why x',
    'set r-1 --mode off --for soon --why x',
    'set r-1 --mode off',
    'set r-1 --why x',
    'set --mode off --why x',
    'confirm',
    'clear',
  ])('is wrongly used by %s', async (line) => {
    const before = audit.entries.length
    expect(await switches(line)).toMatchObject({ status: 2, out: '' })
    expect(audit.entries).toHaveLength(before)
  })

  it('fails in words where the guard does not know, does not allow, or does not speak of them', async () => {
    const unknown = await switches('set deny-hosting --mode off --why x')
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('no rule or limit')])
    const none = await switches('clear r-1')
    expect([none.status, none.err]).toEqual([1, expect.stringContaining('no switch of that id')])
    const viewer = await switches('reset', { token: VIEWER })
    expect([viewer.status, viewer.err]).toEqual([3, expect.stringContaining('role')])
    const other = await startLoopbackServer()
    other.answer((response) => response.end('{"switches":[{"id":"\u001b[2J"}]}'))
    const strange = await switches('list', { admin: other.url })
    await other.close()
    expect([strange.status, strange.out]).toEqual([3, ''])
    expect(strange.err).toContain('does not speak of switches')
  })
})
