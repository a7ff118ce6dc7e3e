import { writeSync } from 'node:fs'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { aCost, aDemand } from './a-demand.ts'

/**
 * A process to be killed: charges one key after another for ever and prints, after every batch, the
 * time and how much it has charged in all. Arguments: folder, number of keys. Started by
 * `limits-kill.test.ts`.
 */
const [dir = '.', keys = '1'] = process.argv.slice(2)
const BATCH = 50
const DAY_MS = 86_400_000

const limiter = createEmbeddedLimiter({ clock: { now: () => Date.now() }, dir })
let charged = 0

const batch = (): void => {
  for (let call = 0; call < BATCH; call++) {
    const demand = aDemand({
      key: `key-${charged % Number(keys)}`,
      quota: 1e9,
      windowMs: 30 * DAY_MS,
    })
    void limiter.admit([demand], aCost(), Date.now())
    charged++
  }
  writeSync(1, `${Date.now()} ${charged}\n`)
  setTimeout(batch, 1)
}
batch()
