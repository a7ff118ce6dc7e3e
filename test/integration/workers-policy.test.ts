import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Problem } from '../../src/core/problem.ts'
import { createLivePolicy, type LivePolicy } from '../../src/policy/live.ts'
import { createToldPolicy, type ToldPolicy } from '../../src/policy/told.ts'

const POLICY = (mode: string): string => `version: 1
rules:
  - { id: rule, when: 'request.stream', then: deny, mode: ${mode} }
`
const OBJECTION: Problem = { file: 'p.yaml', line: 1, col: 1, what: 'no', instead: 'later' }

describe('a live policy and the processes that follow it', () => {
  let live: LivePolicy | undefined
  afterEach(() => live?.close())

  /** A live policy with one follower that objects as long as `objecting.now` says so. */
  const followed = async () => {
    const base = mkdtempSync(join(tmpdir(), 'stillwatch-workers-'))
    const write = (mode: string): void => writeFileSync(join(base, 'p.yaml'), POLICY(mode))
    write('enforce')
    const objecting = { now: false }
    const held: { told?: ToldPolicy } = {}
    const started = await createLivePolicy({
      patterns: ['p.yaml'],
      base,
      settleMs: 60_000,
      followers: {
        prepare: (documents) => {
          if (objecting.now) return Promise.resolve([OBJECTION])
          held.told?.prepare(documents)
          return Promise.resolve([])
        },
        take: (revision) => Promise.resolve(held.told?.take(revision)),
        switched: (switches) => held.told?.setSwitches(switches),
      },
    })
    live = started
    const told = createToldPolicy({
      documents: started.documents(),
      switches: started.switches(),
    })
    held.told = told
    return { live: started, told, write, objecting }
  }
  const modeOf = (policy: { current(): { rules: readonly { mode: string }[] } }) =>
    policy.current().rules.map(({ mode }) => mode)

  it('put the same revision in force, and the same switches over it', async () => {
    const { live: leader, told, write } = await followed()
    expect(told.current().revision).toBe(leader.current().revision)
    leader.setSwitches(new Map([['rule', { mode: 'off' }]]))
    expect([modeOf(leader), modeOf(told)]).toEqual([['off'], ['off']])
    write('shadow')
    expect(await leader.reload()).toMatchObject({ ok: true, changed: true })
    expect(told.current().revision).toBe(leader.current().revision)
    expect([modeOf(leader), modeOf(told)]).toEqual([['off'], ['off']])
    leader.setSwitches(new Map())
    expect([modeOf(leader), modeOf(told)]).toEqual([['shadow'], ['shadow']])
  })

  it('keep the old one all together where one objects, and are asked again later', async () => {
    const { live: leader, told, write, objecting } = await followed()
    const before = leader.current().revision
    objecting.now = true
    write('shadow')
    expect(await leader.reload()).toMatchObject({
      ok: false,
      changed: false,
      revision: before,
      problems: [OBJECTION],
    })
    expect([leader.current().revision, told.current().revision]).toEqual([before, before])
    expect(leader.problems()).toEqual([OBJECTION])
    objecting.now = false
    expect(await leader.reload()).toMatchObject({ ok: true, changed: true })
    expect(told.current().revision).toBe(leader.current().revision)
    expect(leader.problems()).toEqual([])
  })

  it('refuse a revision that was not prepared and documents that do not compile', async () => {
    const { told } = await followed()
    const before = told.current()
    expect(() => told.take('another')).toThrow('another was not prepared')
    expect(() =>
      told.prepare([{ file: 'p.yaml', source: POLICY('enforce').replace('deny', 'dent') }]),
    ).toThrow(/p\.yaml:3/)
    expect(told.current()).toBe(before)
  })
})
