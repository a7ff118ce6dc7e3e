import { expect, it } from 'vitest'
import { createAddressMask } from '../../../src/sinks/address-mask.ts'
import { factsText } from '../../../src/sinks/facts-text.ts'
import { someFacts } from '../../support/some-facts.ts'

const mask = createAddressMask({ addresses: 'full', hash: (text) => text })

it('leaves out of a record that there is no override, and tells of one that there is', () => {
  const told = (verdict: 'none' | 'allow') =>
    factsText('', someFacts({ 'account.id': 'a', 'override.verdict': verdict }), mask)
  expect(told('none')).toBe('{"account.id":"a"}')
  expect(told('allow')).toBe('{"account.id":"a","override.verdict":"allow"}')
})
