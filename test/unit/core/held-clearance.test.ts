import { describe, expect, it } from 'vitest'
import { BINDINGS, CHALLENGE_KINDS } from '../../../src/core/challenge.ts'
import { heldText, readHeld } from '../../../src/core/held-clearance.ts'

describe('a clearance as one text', () => {
  it('is read as it was written, for every kind and binding', () => {
    for (const kind of CHALLENGE_KINDS) {
      for (const bound of [[], ['asn' as const], BINDINGS]) {
        const held = { kind, ageS: 86_400, bound }
        expect(readHeld(heldText(held))).toEqual(held)
      }
    }
  })

  it('never looks younger than it is', () => {
    expect(heldText({ kind: 'human', ageS: 0.001, bound: ['network'] })).toBe('human 1 network')
  })

  it.each([
    '',
    'human',
    'none 3',
    'step_up x',
    'step_up 1e3',
    'step_up NaN',
    'step_up Infinity',
    'step_up  3',
    'step_up 3 moon',
    'step_up 3 asn asn',
    'STEP_UP 3',
    '__proto__ 3',
    'step_up 9999999999999',
  ])('is none as %j', (text) => {
    expect(readHeld(text)).toBeUndefined()
  })
})
