import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FACT_NAMES, Facts, Unknown } from '../../../src/core/facts.ts'
import { LOST_VALUE } from '../../../src/core/recorded-call.ts'
import { createDecisionRecord } from '../../../src/sinks/decision-record.ts'
import { readRecord } from '../../../src/sinks/read-record.ts'
import { NAUGHTY } from '../../fixtures/naughty.ts'
import {
  aLimitState,
  anEvent,
  aRefusedArrival,
  aRuling,
  someFacts,
} from '../../support/an-event.ts'

const masked = (addresses: 'full' | 'network' | 'hash') =>
  createDecisionRecord({ addresses, hash: (text) => `h${text.length}` })

const NONE_CLEARED = {
  'clearance.kind': 'none',
  'clearance.bound': [],
  'clearance.held': [],
  'clearance.refused': false,
  'clearance.issued_1h': 0,
} as const

describe('a record that is read again', () => {
  it('gives back the facts it was written from', () => {
    const facts = someFacts({ ...NONE_CLEARED, 'campaign.axes': ['a', 'b'], 'ip.kind': 'vpn' })
    const line = masked('full')(anEvent({ facts }))
    const call = readRecord(line)
    for (const name of FACT_NAMES.filter((each) => !/^(trust|risk)\./.test(each))) {
      const was = facts.get(name)
      if (was instanceof Unknown) continue
      expect(call?.facts.get(name), name).toEqual(was)
    }
    expect(call?.facts.get('account.plan')).toBeInstanceOf(Unknown)
  })

  it('tells verdict, ruling, rule and limits', () => {
    const states = [aLimitState({ limit: 'l', exceeded: true, remaining: 0, cost: 3 })]
    const call = readRecord(masked('full')(anEvent({ ruling: aRuling({}, states) })))
    expect(call).toMatchObject({
      verdict: 'allow',
      ruling: 'throttle',
      rule: undefined,
      refusedBy: 'l',
      revision: 'rev-1',
      limits: [{ limit: 'l', enforced: true, quota: 100, cost: 3, remaining: 0, exceeded: true }],
    })
  })

  it.each([
    ['full', []],
    ['network', ['caller.ip']],
    ['hash', ['caller.ip', 'caller.network']],
  ] as const)('says which addresses it masks: %s', (addresses, lost) => {
    const call = readRecord(masked(addresses)(anEvent()))
    const found = [...(call?.losses ?? [])].filter(([, how]) => how === 'masked')
    expect(found.map(([fact]) => fact).toSorted()).toEqual(lost)
    for (const fact of lost) expect(call?.facts.get(fact)).toBe(LOST_VALUE)
  })

  it('says which texts it cut', () => {
    const facts = someFacts({ 'caller.user_agent': 'x'.repeat(2_000) })
    const call = readRecord(masked('full')(anEvent({ facts })))
    expect(call?.losses.get('caller.user_agent')).toBe('cut')
  })

  it('keeps unknown what the reasons say was unknown', () => {
    const ruling = aRuling({
      reasons: [{ kind: 'unknown', in: 'rules.r', fact: 'clearance.held', why: 'late' }],
    })
    const call = readRecord(masked('full')(anEvent({ ruling })))
    expect(call?.facts.get('clearance.held')).toMatchObject({ why: 'late' })
    expect(call?.losses.get('clearance.kind')).toBe('assumed')
  })

  it('is nothing where no policy judged the request', () => {
    expect(readRecord(masked('full')(aRefusedArrival()))).toBeUndefined()
  })

  it('takes no value that a fact cannot have, and never throws', () => {
    const record = JSON.parse(masked('full')(anEvent())) as Record<string, unknown>
    const naughty = [...NAUGHTY, null, 1e308, -1, {}, [], [1], [['x']], true, { a: 1 }]
    const value = fc.oneof(fc.constantFrom(...naughty), fc.jsonValue())
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...FACT_NAMES, '__proto__', 'constructor'), value),
        fc.dictionary(fc.constantFrom(...Object.keys(record)), value),
        (facts, fields) => {
          const line = JSON.stringify({ ...record, 'stillwatch.facts': facts, ...fields })
          const call = readRecord(line)
          if (call === undefined) return
          expect(call.facts).toBeInstanceOf(Facts)
          for (const slot of call.facts.values) {
            const plain =
              slot instanceof Unknown ||
              ['string', 'number', 'boolean'].includes(typeof slot) ||
              (Array.isArray(slot) && slot.every((item) => typeof item === 'string'))
            expect(plain).toBe(true)
          }
        },
      ),
    )
    for (const line of ['', '{', 'null', '[]', '1', '{"v":1}', '{"v":2}', line0()]) {
      expect(readRecord(line)).toBeUndefined()
    }
  })
})

const line0 = (): string =>
  JSON.stringify({ v: 1, time: 'yesterday', 'stillwatch.decision.id': 'x' })
