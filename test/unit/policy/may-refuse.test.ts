import { describe, expect, it } from 'vitest'
import { mayRefuse } from '../../../src/policy/may-refuse.ts'
import type { Switches } from '../../../src/policy/switches.ts'
import { aPolicy } from '../../support/a-policy.ts'

const POLICY = aPolicy(`
rules:
  - { id: pass, when: 'ip.anonymous', then: allow }
  - { id: slow, when: 'ip.anonymous', then: throttle }
  - { id: mark, when: 'ip.anonymous', then: tag }
  - { id: no, when: 'ip.anonymous', then: deny }
  - { id: slow-too, when: 'ip.anonymous', then: throttle }
limits:
  - { id: daily, per: [account.id], count: requests, quota: 10, window: 1d }
`)
const of = (switches: Record<string, object>): Switches => new Map(Object.entries(switches))
const OFF = { mode: 'off' } as const
const SHADOW = { mode: 'shadow' } as const

describe('switches that may refuse somebody who is not refused now', () => {
  it.each<[string, Record<string, object>, Record<string, object>, readonly string[]]>([
    ['a refusal that is enforced', { no: OFF }, {}, ['no']],
    ['a refusal of more', { no: { rollout: 10 } }, { no: { rollout: 11 } }, ['no']],
    ['a limit that is enforced', { daily: SHADOW }, {}, ['daily']],
    ['an allowance before a refusal that is off', {}, { pass: OFF }, ['pass']],
    ['a throttle before a denial that is for fewer', {}, { slow: { rollout: 1 } }, ['slow']],
    ['several of many', { no: OFF, daily: OFF, mark: OFF }, {}, ['no', 'daily']],
    ['a refusal that is off', {}, { no: OFF }, []],
    ['a limit that is for fewer', {}, { daily: { rollout: 1 } }, []],
    ['a throttle behind which nothing is harder', {}, { 'slow-too': OFF }, []],
    ['a throttle before a denial that is off as well', {}, { slow: OFF, no: OFF }, []],
    ['a shadow in place of nothing', { no: OFF }, { no: SHADOW }, []],
    ['an allowance that is back', { pass: OFF }, {}, []],
    ['a tag', { mark: OFF }, {}, []],
    ['what the policy does not have', {}, { gone: { mode: 'enforce' } }, []],
  ])('%s', (_, from, to, ids) => {
    expect(mayRefuse(POLICY, of(from), of(to))).toEqual(ids)
  })
})
