import { onTestFinished } from 'vitest'
import { openFleetDetector } from '../../src/app-detect-thread.ts'
import { storePlace } from '../../src/app-store.ts'
import type { FleetDetector } from '../../src/campaigns/live/fleet-detector.ts'
import { keyOfSecret } from '../../src/data-dir.ts'
import { settingsSchema } from '../../src/settings-schema.ts'
import { createCountingDetector } from './counting-detector.ts'
import { addressOf } from './redis-server.ts'

const SECRET = 'a secret that all of this fleet know'

/** Settings of replicas over one Redis, and a detector of their fleet that a test can follow. */
export const fleetOfGuards = (
  port: number,
): { readonly settings: object; detector(): FleetDetector } => {
  const settings = {
    secret: SECRET,
    store: { redis: { url: `redis://127.0.0.1:${port}`, command_timeout_ms: 1_000 } },
  }
  return {
    settings,
    detector: () => {
      const upstreams = [{ id: 'main', url: 'http://127.0.0.1:9', dialect: 'openai' }]
      const parsed = settingsSchema.parse({ version: 1, upstreams, ...settings })
      const rootKey = keyOfSecret(SECRET)
      const place = storePlace({
        settings: { ...parsed, path: (relative) => relative, file: 'guard.yaml' },
        dataDir: { path: '.', rootKey, readOnly: true },
      })
      if (place === undefined) throw new Error('a fleet without a store')
      const detector = openFleetDetector(
        {
          ...place,
          address: addressOf(port),
          rootKey,
          setup: { ceiling: 2, minReference: 500, passMs: 60_000 },
          leaseMs: 2_000,
          saveMs: 60_000,
        },
        () => undefined,
        createCountingDetector,
      )
      onTestFinished(() => detector.close())
      return detector
    },
  }
}
