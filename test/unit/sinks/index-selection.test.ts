import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { createDecisionRecord } from '../../../src/sinks/decision-record.ts'
import { indexRowOf } from '../../../src/sinks/index-row.ts'
import { createIndexSelection } from '../../../src/sinks/index-selection.ts'
import { aLimitState, anEvent, aRefusedArrival, aRuling } from '../../support/an-event.ts'

const hash = createKeyedHash(Buffer.alloc(32), 'addresses')
const record = createDecisionRecord({ addresses: 'network', hash })

const shadowed = aLimitState({ limit: 'l-shadow', exceeded: true, enforced: false })
const refused = aLimitState({ limit: 'l-1', exceeded: true })
const CASES: readonly (readonly [says: string, event: CallEvent, notable: boolean])[] = [
  ['a served call', anEvent(), false],
  [
    'a served call that an allow rule decided',
    anEvent({ ruling: aRuling({ rule: 'r-1' }) }),
    false,
  ],
  ['a denied call', anEvent({ ruling: aRuling({ verdict: 'deny', rule: 'r-1' }) }), true],
  ['a challenged call', anEvent({ ruling: aRuling({ verdict: 'challenge', rule: 'r-1' }) }), true],
  ['a throttled call', anEvent({ ruling: aRuling({ verdict: 'throttle', rule: 'r-1' }) }), true],
  ['a call over a limit', anEvent({ ruling: aRuling({}, [refused]) }), true],
  ['a call over a limit in shadow', anEvent({ ruling: aRuling({}, [shadowed]) }), true],
  [
    'a call that met a rule in shadow',
    anEvent({
      ruling: aRuling({ shadow: [{ rule: 'r-2', verdict: 'deny', because: 'shadow' }] }),
    }),
    true,
  ],
  ['a request refused before it was a call', aRefusedArrival(), false],
]

describe('what is indexed', () => {
  it.each(CASES)('%s, the same live and from a segment', (_, event, notable) => {
    expect(createIndexSelection({ perSecond: 0 })(event)).toBe(notable)
    expect(indexRowOf(record(event))?.notable).toBe(notable)
  })

  it('is a bounded sample of the rest in each second, by outcome', () => {
    const chosen = createIndexSelection({ perSecond: 3 })
    const at = (atMs: number, outcome: CallEvent['outcome']): boolean =>
      chosen(anEvent({ outcome, arrival: { ...anEvent().arrival, atMs } }))
    const served = Array.from({ length: 100 }, () => at(1_000, 'served'))
    expect(served.filter(Boolean)).toHaveLength(3)
    expect(at(1_500, 'faulted')).toBe(true)
    expect(at(2_000, 'served')).toBe(true)
    const late = Array.from({ length: 100 }, (_, n) => at(n % 2 === 0 ? 1_999 : 2_001, 'served'))
    expect(late.filter(Boolean)).toHaveLength(2)
  })
})

describe('a row of the index', () => {
  it('is found by every rule and limit that decided or would have', () => {
    const ruling = aRuling(
      { rule: 'r-1', shadow: [{ rule: 'r-2', verdict: 'deny', because: 'rollout' }] },
      [refused, shadowed, aLimitState({ limit: 'l-roomy' })],
    )
    expect(indexRowOf(record(anEvent({ ruling })))).toMatchObject({
      id: '01k0000000000000000000',
      account: 'acct_1',
      credential: 'credential-hash',
      network: '203.0.113.0/24',
      verdict: 'throttle',
      hits: ['r-1', 'r-2', 'l-1', 'l-shadow'],
    })
  })

  it('is made of whole records only', () => {
    const whole = record(anEvent())
    for (const line of ['', '{}', 'null', '[]', '{"v":2}', whole.slice(0, -1), `${whole}x`]) {
      expect(indexRowOf(line), line.slice(0, 20)).toBeUndefined()
    }
    const other = JSON.parse(whole) as Record<string, unknown>
    for (const [key, value] of [
      ['time', 'yesterday'],
      ['time', 5],
      ['stillwatch.decision.id', null],
      ['v', 99],
    ] as const) {
      expect(indexRowOf(JSON.stringify({ ...other, [key]: value }))).toBeUndefined()
    }
    const odd = {
      ...other,
      'stillwatch.facts': [1],
      'stillwatch.limits': {},
      'stillwatch.shadow': 3,
    }
    expect(indexRowOf(JSON.stringify(odd))).toMatchObject({ account: null, hits: [] })
  })
})
