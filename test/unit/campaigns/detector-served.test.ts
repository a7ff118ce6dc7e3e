import { expect, it } from 'vitest'
import { unpackState } from '../../../src/campaigns/detector-saved.ts'
import { pivotFromBytes } from '../../../src/campaigns/judge/release-calls.ts'
import { edgesFromBytes } from '../../../src/campaigns/link/edge-bytes.ts'
import type { Observation } from '../../../src/core/campaign.ts'
import { aDetector } from '../../support/a-detector.ts'
import { anObservation, OBSERVED_FROM_MS, someTraits } from '../../support/observations.ts'

const keptAfter = (...observations: readonly Partial<Observation>[]) => {
  const { detector, watch } = aDetector()
  watch(observations.map((one, n) => anObservation({ atMs: OBSERVED_FROM_MS + n * 1_000, ...one })))
  // As the detector itself packed it.
  const kept = unpackState(detector.save()) as { edges: Uint8Array; pivot: Uint8Array }
  return { edges: edgesFromBytes(kept.edges), names: pivotFromBytes(kept.pivot)?.names.known }
}
const begun = someTraits({ after: 11 })
const next = someTraits({ before: 11, after: 12, root: false })

it('sees a conversation go on under another account where the upstream refused the first', () => {
  const { edges } = keptAfter(
    { entity: 'one', traits: begun },
    { entity: 'one', traits: next, tokens: 0 },
    { entity: 'other', traits: next },
  )
  expect(edges).toHaveLength(1)
  expect(edges?.[0]?.handedOver).toBe(1)
})

it('takes the same call that both accounts were served for one made twice', () => {
  const { edges } = keptAfter(
    { entity: 'one', traits: begun },
    { entity: 'one', traits: next },
    { entity: 'other', traits: next },
  )
  expect(edges).toEqual([])
})

it('takes no name for a model that the upstream did not serve', () => {
  const { names } = keptAfter({ model: 'served' }, { model: 'not-there', tokens: 0 })
  expect(names).toEqual(['served'])
})
