import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SwitchSet } from '../../src/core/switches.ts'
import { createBacktesting } from '../../src/http/admin/backtesting.ts'
import type { Judging } from '../../src/http/admin/judging.ts'
import { withSwitches } from '../../src/policy/switches.ts'
import { aPolicy } from '../support/a-policy.ts'
import { aDecisionLog, callId, judgedEvent, paidTwice } from '../support/recorded-calls.ts'
import { someJudging } from '../support/some-judging.ts'
import { aSwitch } from '../support/some-switches.ts'
import { problemOf, rule, switchScene } from '../support/switch-scene.ts'

const why = 'abuse'
const SHADOW = { mode: 'shadow', rollout: 100 } as const
const POLICY = aPolicy(`
rules:
  - { id: friends, when: 'account.plan == "friend"', then: allow }
  - { id: tor, when: 'ip.kind == "tor"', then: deny, mode: shadow }
  - { id: never, when: 'account.plan == "nobody"', then: deny, mode: shadow }
  - { id: late, when: 'account.plan == "late"', then: deny }
  - { id: friend-of-mine, when: 'account.plan == "friend"', then: deny }
`)
const RULES = [
  rule('friends', { does: 'allow' }),
  rule('tor', { ...SHADOW, written: SHADOW }),
  rule('never', { ...SHADOW, written: SHADOW }),
  rule('late'),
  rule('friend-of-mine'),
]

/** An admin over records in which every tenth caller comes over Tor and two proven ones among them. */
const scene = async ({
  start,
  run,
}: {
  readonly start?: SwitchSet
  readonly run?: Judging['backtesting']['run']
} = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'stillwatch-switch-harm-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const inForce = withSwitches(POLICY, new Map(start?.entries.map((one) => [one.id, one])))
  const events = Array.from({ length: 100 }, (_, n) =>
    judgedEvent(inForce, n, {
      'account.id': `acct_${n}`,
      'account.entity': `org_${n}`,
      'payment.settled_count': n < 20 ? 2 : 0,
      'ip.kind': n % 10 === 0 ? 'tor' : 'residential',
      'account.plan': ['pro', 'friend', 'late'][n % 10] ?? 'pro',
    }),
  )
  const { segments, index } = await aDecisionLog(root, events)
  onTestFinished(() => index.close())
  const real = createBacktesting({
    segments,
    queries: index,
    current: () => inForce,
    isProven: paidTwice(),
  })
  let weighed = 0
  const judging = someJudging({
    current: () => inForce,
    backtesting: {
      ...real,
      run: (after, options) => {
        weighed++
        return run === undefined ? real.run(after, options) : run(after, options)
      },
    },
  })
  return { ...switchScene(start, { judging, rules: RULES }), weighed: () => weighed }
}

const ENFORCE = { mode: 'enforce', why }
/** Two proven customers are late. */
const LATE_OFF: SwitchSet = { version: 1, entries: [aSwitch({ id: 'late', mode: 'off' })] }

describe('a switch that would refuse proven customers', () => {
  it('is asked back with how many, why and examples, and changes nothing', async () => {
    const { write, board, audit } = await scene()
    const answer = await write('PUT', '/tor', ENFORCE, '"0"')
    expect(answer.status).toBe(409)
    const problem = (await answer.json()) as { examples: object[] }
    expect(problem).toMatchObject({
      type: 'urn:stillwatch:problem:confirmation-required',
      detail:
        'by the newest 100 recorded calls it would newly refuse 2 proven entities; say it again with confirm: true to go on all the same',
      harm: {
        confirm: true,
        proven_refused: 2,
        because: ['it would newly refuse 2 proven entities'],
      },
      calls: 100,
      judged: 100,
    })
    expect(problem.examples[0]).toMatchObject({
      decision: callId(90),
      from: 'allow',
      to: 'deny',
      rule_after: 'tor',
    })
    expect([board.changes(), audit.entries]).toEqual([0, []])
  })

  it('is made unweighed once confirmed, and the audit says so', async () => {
    const { write, told, audit, weighed } = await scene()
    const made = await told(write('PUT', '/tor', { ...ENFORCE, confirm: true }, '"0"'))
    expect(made.switches).toMatchObject([{ id: 'tor', mode: 'enforce' }])
    expect(audit.entries[0]).toMatchObject({ what: 'switch.set', before: { confirmed: true } })
    expect(weighed()).toBe(0)
  })

  it('goes through where it harms nobody, and the audit keeps what was counted', async () => {
    const { write, told, audit, weighed } = await scene()
    await told(write('PUT', '/never', ENFORCE, '"0"'))
    expect(audit.entries[0]).toMatchObject({
      before: { weighed: { calls: 100, judged: 100, confirm: false, proven_refused: 0 } },
    })
    expect(audit.entries[0]?.before).not.toHaveProperty('confirmed')
    expect(weighed()).toBe(1)
  })

  it('is never weighed where it is looser, or refuses nobody', async () => {
    const { write, told, weighed } = await scene({ run: () => Promise.resolve('busy') })
    await told(write('PUT', '/late', { mode: 'off', why }, '"0"'))
    await told(write('PUT', '/friend-of-mine', { rollout: 5, why }, '"1"'))
    await told(write('PUT', '/tor', { mode: 'off', why }, '"2"'))
    await told(write('DELETE', '/tor', {}, '"3"'))
    expect(weighed()).toBe(0)
  })

  it('is one that lets nobody pass any more before a refusal', async () => {
    const { write } = await scene()
    expect(await problemOf(write('PUT', '/friends', { mode: 'off', why }, '"0"'))).toMatch(
      /^409 confirmation-required: .* newly refuse 2 proven entities;/,
    )
  })

  it.each<[string, Judging['backtesting']['run'], RegExp]>([
    ['another is being tried', () => Promise.resolve('busy'), /could not be weighed \(another/],
    ['the backtest fails', () => Promise.reject(new Error('x')), /could not be weighed \(the back/],
  ])('is asked back where %s, and goes on when confirmed', async (_, run, says) => {
    const { write, told, board } = await scene({ run })
    const asked = await problemOf(write('PUT', '/never', ENFORCE, '"0"'))
    expect(asked).toMatch(/^409 confirmation-required: .*with confirm: true/)
    expect(asked).toMatch(says)
    expect(board.changes()).toBe(0)
    await told(write('PUT', '/never', { ...ENFORCE, confirm: true }, '"0"'))
  })

  it.each([
    ['DELETE', '/late', '"1"', 'switch.clear'],
    ['POST', '/reset', '"1"', 'switch.reset'],
    ['POST', '/reset', '*', 'switch.reset'],
  ] as const)(
    'may be one that is taken back: %s %s for %s',
    async (method, path, version, what) => {
      const { write, told, board, audit } = await scene({ start: LATE_OFF })
      const asked = await problemOf(write(method, path, {}, version))
      expect(asked).toMatch(/^409 confirmation-required: .*2 proven entities/)
      expect(board.changes()).toBe(0)
      expect((await told(write(method, path, { confirm: true }, version))).switches).toEqual([])
      expect(audit.entries[0]).toMatchObject({ what, before: { confirmed: true } })
    },
  )

  it('is not made of what others have switched off since it was weighed', async () => {
    const { write, told, board, switches } = await scene()
    await told(write('PUT', '/tor', { mode: 'off', why }, '"0"'))
    // Between the look at the switches and the change of them.
    const change = switches.change.bind(switches)
    let others = 1
    Object.assign(switches, {
      change: async (...given: Parameters<typeof change>) => {
        if (others-- > 0) await board.change(1, LATE_OFF.entries)
        return change(...given)
      },
    })
    expect(await problemOf(write('POST', '/reset', {}))).toMatch(/^412 precondition-failed/)
    expect((await board.read()).entries).toEqual(LATE_OFF.entries)
    expect((await told(write('POST', '/reset', { confirm: true }))).switches).toEqual([])
  })

  it('is not for words in place of a confirmation', async () => {
    const { write } = await scene()
    const asked = write('PUT', '/tor', { ...ENFORCE, confirm: 'yes' }, '"0"')
    expect(await problemOf(asked)).toMatch(/^400 invalid-parameter: confirm/)
    expect(await problemOf(write('POST', '/tor/confirm', { confirm: true }, '"0"'))).toMatch(/^400/)
  })
})
