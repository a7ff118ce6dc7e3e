import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { liveLine } from '../../../src/demo/live-lines.ts'
import { anEvent, aRuling } from '../../support/an-event.ts'

const line = (changes: Parameters<typeof aRuling>[0]): string =>
  stripVTControlCharacters(liveLine(anEvent({ fault: undefined, ruling: aRuling(changes) })))

const PUZZLE = {
  kind: 'proof_of_work',
  validMs: 600_000,
  lifetimeMs: 3_600_000,
  bind: [],
  difficulty: 1,
} as const

describe('a line of the demo', () => {
  it('says what a challenged caller is asked for, and why', () => {
    const told = line({
      verdict: 'challenge',
      rule: 'puzzle',
      why: 'hidden address',
      challenge: PUZZLE,
    })
    expect(told).toContain('challenge  ')
    expect(told).toContain('rule puzzle asks for proof_of_work: hidden address')
  })

  it('says what a caller has passed that goes through', () => {
    expect(line({ cleared: ['puzzle'] })).toContain(
      'tier paying, risk 0, has passed the challenge of puzzle',
    )
    expect(line({})).not.toContain('passed')
  })
})
