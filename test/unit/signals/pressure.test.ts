import { expect, it } from 'vitest'
import { Facts } from '../../../src/core/facts.ts'
import { createPressureSource } from '../../../src/signals/pressure.ts'
import { aCall } from '../../support/a-call.ts'

const source = createPressureSource({
  upstreamOf: ({ ask }) => (ask.model === 'nobody' ? undefined : ask.model),
  pressureOf: (upstream) => (upstream === 'strained' ? 0.4 : 0),
})

it.each([
  ['strained', 0.4],
  ['at-ease', 0],
  ['nobody', 0],
])('the pressure of what would serve a call is known at once: %s', (model, pressure) => {
  expect(source.read(aCall({ ask: { model } }), new Facts())).toEqual({
    'upstream.pressure': pressure,
  })
})
