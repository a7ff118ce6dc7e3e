import { describe, expect, it } from 'vitest'
import { changedPolicy, type Judging } from '../../../../src/http/admin/judging.ts'
import { compilePolicy } from '../../../../src/policy/compile.ts'
import type { Policy } from '../../../../src/policy/policy.ts'
import { withSwitches, type Switches } from '../../../../src/policy/switches.ts'
import { aPolicy } from '../../../support/a-policy.ts'

const RULES = `
rules:
  - { id: a, when: 'account.known', then: deny, rollout: 50 }
  - { id: b, when: 'ip.anonymous', then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 1, window: 1m }
`
const SET: Switches = new Map([['a', { mode: 'shadow' }]])

const judging: Pick<Judging, 'current' | 'switches' | 'compile'> = {
  current: () => withSwitches(aPolicy(RULES), SET),
  switches: () => SET,
  compile: (documents) => compilePolicy(documents),
}

const switchesOf = (policy: Policy): object =>
  Object.fromEntries(
    [...policy.rules, ...policy.limits].map(({ id, mode, rollout }) => [id, [mode, rollout]]),
  )

const changed = (change: Parameters<typeof changedPolicy>[1]): object => {
  const found = changedPolicy(judging, change)
  return found.ok ? switchesOf(found.policy) : found
}

describe('the policy a change leads to', () => {
  it('has the switches that are tried beside those in force', () => {
    expect(changed({ switches: [{ id: 'b', mode: 'off' }] })).toEqual({
      a: ['shadow', 50],
      b: ['off', 100],
      l: ['enforce', 100],
    })
    expect(changed({ switches: [{ id: 'l', rollout: 10 }] })).toMatchObject({ l: ['enforce', 10] })
  })

  it('is as the file says where a switch is taken back', () => {
    expect(changed({ switches: [{ id: 'a' }] })).toMatchObject({ a: ['enforce', 50] })
  })

  it('keeps the switches in force over other documents', () => {
    const source = `version: 1\n${RULES.replace('rollout: 50', 'rollout: 60')}`
    expect(changed({ documents: [{ file: 'x.yaml', source }] })).toMatchObject({
      a: ['shadow', 60],
      b: ['enforce', 100],
    })
  })

  it('is none where documents have problems or a switch is of nothing', () => {
    const bad = { file: 'x.yaml', source: 'version: 1\nrules: [{ id: a }]\n' }
    expect(changed({ documents: [bad] })).toMatchObject({ ok: false, problems: [{ line: 2 }] })
    expect(changed({ switches: [{ id: 'z', mode: 'off' }] })).toEqual({ ok: false, unknown: 'z' })
  })
})
