import type { ClearanceAdministration } from '../../src/challenges/clearance-administration.ts'
import { aClearance } from './a-clearance.ts'
import { aStepUp } from './step-up-world.ts'

/** Id of the clearance that {@link someClearances} know. */
export const CLEARANCE_ID = 'AbCdEfGhIjKlMnOpQrStUv'

/** Clearances of which there is one, and whose every change succeeds and is forgotten. */
export const someClearances = (): ClearanceAdministration => {
  const one = aClearance({ id: CLEARANCE_ID })
  return {
    list: async () => ({ clearances: [one], isHearsay: false }),
    find: (id) => (id === CLEARANCE_ID ? one : undefined),
    grant: async ({ subject, kind }) => ({ ...one, subject, kind }),
    revoke: async (id) => (id === CLEARANCE_ID ? { ...one, state: 'revoked' } : undefined),
    settleNamed: async () => ({
      kind: 'settled',
      clearance: { ...one, kind: 'step_up' },
      isNew: true,
    }),
    settle: async ({ result }) => ({
      kind: 'settled',
      issued: aStepUp(one.atMs),
      clearance: { ...one, kind: 'step_up' },
      result,
      isNew: true,
    }),
  }
}
