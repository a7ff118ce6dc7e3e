import type { AdminParts } from '../../src/http/admin/parts.ts'
import { anOverride, ended } from './an-override.ts'
import { CLEARANCE_ID } from './some-clearances.ts'

/** Overrides of which there is one, of the id of the clearance, and whose every change is forgotten. */
export const someOverrides = (): NonNullable<AdminParts['overrides']> => {
  const one = anOverride({ id: CLEARANCE_ID })
  return {
    administration: {
      list: () => ({ overrides: [one] }),
      find: (id) => (id === one.id ? one : undefined),
      set: async ({ of, name, verdict }) => ({ ...one, of, name, verdict }),
      end: async () => ended(one),
    },
    isProven: () => false,
    degraded: () => [],
  }
}
