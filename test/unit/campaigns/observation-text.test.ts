import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  batchText,
  MAX_BATCH,
  observationText,
  parseObservations,
} from '../../../src/campaigns/live/observation-text.ts'
import { anObservation, batchOf, someTraits } from '../../support/an-observation.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const at = (changes: Parameters<typeof anObservation>[0] = {}) =>
  anObservation({ atMs: NOW_MS, ...changes })

test('an observation comes back as it was told', () => {
  const all = [
    at(),
    at({ traits: undefined, verdict: 'deny', forwarded: false, proven: true, prepaid: true }),
    at({ proven: undefined, prepaid: true }),
    at({
      createdAtMs: undefined,
      asn: undefined,
      country: undefined,
      client: undefined,
      stack: undefined,
      instrument: undefined,
      funding: undefined,
      emailPattern: undefined,
      model: undefined,
      traits: someTraits({
        template: undefined,
        tools: undefined,
        task: undefined,
        before: 5,
        after: undefined,
        environment: 6,
        contradicts: undefined,
        capability: 'data',
        root: false,
      }),
    }),
  ]
  const { observations, refused } = parseObservations(batchOf(...all), NOW_MS)
  expect(refused).toBe(0)
  expect(observations).toEqual(all)
})

test('an observation that is not as it has to be costs only itself', () => {
  const sound = observationText(at())
  const row = JSON.parse(sound ?? '') as unknown[]
  for (const [place, wrong] of [
    [0, 'an id with blanks'],
    [1, NOW_MS + 300_001],
    [1, NOW_MS - 31 * 86_400_000],
    [1, 1.5],
    [2, 'ü'],
    [2, 'x'.repeat(281)],
    [3, 9],
    [3, 16],
    [4, -1],
    [5, 0],
    [6, 2 ** 32],
    [7, 'fr'],
    [8, 'x'.repeat(161)],
    [13, {}],
    [14, 4],
    [15, 1e10],
    [16, 1],
    [16, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    [16, [[1, 'AAAA'], 0, 1, 0, 0, 0, 0, 0, 0, 0]],
    [16, [0, 0, 1, 0, 0, 0, 0, 0, 9, 0]],
    [16, [0, 2 ** 53, 1, 0, 0, 0, 0, 0, 0, 0]],
  ] as const) {
    const bent = JSON.stringify(row.with(place, wrong))
    const came = parseObservations(batchText(`${bent},${sound}`), NOW_MS)
    expect([place, came.refused, came.observations.length]).toEqual([place, 1, 1])
  }
  expect(parseObservations(batchText(JSON.stringify([...row, 0])), NOW_MS).refused).toBe(1)
})

test('a batch of another version, or too long, or no batch is refused whole', () => {
  const text = observationText(at()) ?? ''
  const many = Array.from({ length: MAX_BATCH + 1 }, () => 0).join(',')
  for (const wrong of [
    `[2,${text}]`,
    batchText(many),
    '',
    '{',
    'null',
    '[1',
    ' '.repeat(300_000),
  ]) {
    expect(parseObservations(wrong, NOW_MS)).toEqual({ observations: [], refused: 1 })
  }
})

test('a time a little ahead counts as now', () => {
  const text = batchOf(at({ atMs: NOW_MS + 1_000 }))
  expect(parseObservations(text, NOW_MS).observations[0]?.atMs).toBe(NOW_MS)
})

test('nothing that a call can bring makes an observation that is refused or long', () => {
  const text = fc.string({ maxLength: 400, unit: 'binary' })
  fc.assert(
    fc.property(text, text, text, fc.double(), (client, model, emailPattern, tokens) => {
      const told = observationText(at({ client, model, emailPattern, country: model, tokens }))
      expect((told ?? '').length).toBeLessThan(8 * 1024)
      expect(parseObservations(batchText(told ?? ''), NOW_MS).refused).toBe(0)
    }),
    { numRuns: 500, examples: [['', '', '', Number.NaN]] },
  )
})

test('what arrives may be anything', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseObservations(`[1,${text}]`, NOW_MS).observations).toEqual([])
    }),
  )
})
