import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ground } from './app-ground.ts'

/** Far more than any fleet; a file that says more was not written by us. */
const MOST = 1_024

/** How many processes the fleet had when it was last seen. */
export type FleetSize = {
  readonly knownBefore: number
  heard(replicas: number): void
}

/**
 * Remembers the size of the fleet over a restart: a replica that starts while the store is gone would take
 * itself for all of it, and its share for the whole quota. A file that is not there or says nonsense is a
 * fleet of one; one that cannot be written leaves what it said.
 */
export const openFleetSize = ({ dataDir }: Pick<Ground, 'dataDir'>): FleetSize => {
  const file = join(dataDir.path, 'fleet-size')
  let size = 1
  try {
    const said = Number(readFileSync(file, 'utf8'))
    if (Number.isInteger(said) && said >= 1 && said <= MOST) size = said
  } catch {
    // The first start.
  }
  return {
    knownBefore: size,
    heard: (replicas) => {
      if (replicas === size || replicas < 1 || dataDir.readOnly) return
      size = replicas
      try {
        writeFileSync(file, String(replicas), { mode: 0o600 })
      } catch {
        // Nothing hangs on it but the next start without a store.
      }
    },
  }
}
