import type { CallEvent } from '../../src/core/event.ts'
import { sightingOf, type Learner } from '../../src/signals/sighting.ts'

/**
 * Teaches a learner what an event teaches, if anything. Networks stay in clear: nothing of them leaves a
 * test. `vouches` says whether the upstream saw the caller's own credential.
 */
export const teach = (learner: Pick<Learner, 'learn'>, event: CallEvent, vouches = true): void => {
  const sighting = sightingOf(event, {
    hashNetwork: (network) => network,
    vouches: () => vouches,
  })
  if (sighting !== undefined) learner.learn(sighting)
}
