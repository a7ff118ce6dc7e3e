import { describe, expect, it } from 'vitest'
import { UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import type { Override } from '../../../src/core/override.ts'
import { createOverrideSource, overrideFindings } from '../../../src/overrides/override-source.ts'
import { createOverrideTable } from '../../../src/overrides/override-table.ts'
import { aCall } from '../../support/a-call.ts'
import { anOverride } from '../../support/an-override.ts'
import { someFacts } from '../../support/some-facts.ts'

const NOW = anOverride().atMs + 1_000
const CREDENTIAL = 'c'.repeat(22)

const CALLER: Findings = {
  'caller.credential': CREDENTIAL,
  'caller.network': '203.0.113.0/24',
  'account.id': 'acct_1',
  'account.entity': 'org_1',
  'ip.asn': 64_500,
}

const OF: { readonly [K in Override['of']]: string } = {
  credential: CREDENTIAL,
  account: 'acct_1',
  entity: 'org_1',
  network: '203.0.113.0/24',
  asn: '64500',
}

const found = (set: readonly Partial<Override>[], caller: Findings = CALLER) => {
  const table = createOverrideTable()
  for (const over of set)
    table.take(anOverride({ ...over, name: over.name ?? OF[over.of ?? 'account'] }))
  return overrideFindings(table, someFacts(caller), NOW)['override.verdict']
}

describe('the facts of overrides', () => {
  it('are known to be none where nothing is set, one object for all calls', () => {
    const table = createOverrideTable()
    const source = createOverrideSource({ table, clock: { now: () => NOW } })
    const read = () => source.read(aCall(), someFacts(CALLER))
    expect(read()).toMatchObject({ 'override.verdict': 'none', 'override.id': UNKNOWN.absent })
    expect(read()).toBe(read())
    expect(source.provides).toEqual(['override.verdict', 'override.id'])
  })

  it.each(['credential', 'account', 'entity', 'network', 'asn'] as const)(
    'meet a caller by its %s, and nobody else',
    (of) => {
      expect(found([{ of }])).toBe('deny')
      expect(found([{ of, verdict: 'allow' }])).toBe('allow')
      expect(found([{ of, name: of === 'asn' ? '64501' : `${OF[of]}x` }])).toBe('none')
    },
  )

  it('take the most specific of several, whatever the others say', () => {
    const kinds = ['credential', 'account', 'entity', 'network', 'asn'] as const
    for (const [at, of] of kinds.entries()) {
      const less = kinds.slice(at + 1)
      expect(found([{ of, verdict: 'allow' }, ...less.map((other) => ({ of: other }))])).toBe(
        'allow',
      )
      const allowed = less.map((other) => ({ of: other, verdict: 'allow' as const }))
      expect(found([{ of }, ...allowed])).toBe('deny')
    }
  })

  it('let nobody pass by what is set for an account whose source is down', () => {
    for (const why of [UNKNOWN.late, UNKNOWN.failed]) {
      const nobody = { ...CALLER, 'account.id': why, 'account.entity': why }
      expect(found([{ of: 'account', verdict: 'allow' }], nobody)).toBe(why)
      expect(found([{ of: 'account' }], nobody)).toBe(why)
      // One that may be refused is not let pass by where it comes from; one that is refused there stays so.
      expect(found([{ of: 'account' }, { of: 'network', verdict: 'allow' }], nobody)).toBe(why)
      expect(found([{ of: 'account', verdict: 'allow' }, { of: 'network' }], nobody)).toBe('deny')
      // Nobody could be refused: what is said of the network holds for all in it.
      const allowed = { verdict: 'allow' } as const
      expect(
        found(
          [
            { of: 'account', ...allowed },
            { of: 'network', ...allowed },
          ],
          nobody,
        ),
      ).toBe('allow')
      // What is set for others than accounts does not hang on their source.
      expect(found([{ of: 'network', name: '198.51.100.0/24' }], nobody)).toBe('none')
    }
  })

  it('are none for a caller that has no account, and for one without a number of its network', () => {
    const stranger = {
      ...CALLER,
      'account.id': UNKNOWN.absent,
      'account.entity': UNKNOWN.no_source,
    }
    expect(found([{ of: 'account' }, { of: 'entity' }], stranger)).toBe('none')
    expect(found([{ of: 'asn' }], { ...CALLER, 'ip.asn': UNKNOWN.absent })).toBe('none')
  })
})
