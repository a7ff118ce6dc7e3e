import type { RedisConnection } from './redis-connection.ts'
import { SCRIPTS } from './script.ts'

const EVERY_MS = 10_000
const LIFE_MS = 35_000

/**
 * Tells of a fleet with another secret under the same prefix: the two count apart, so that together they
 * admit every quota twice, which is a slip of the hand more often than a wish. `onOthers` hears of it
 * when it begins. What cannot be asked now is asked again later.
 */
export const watchFleets = (options: {
  readonly connection: RedisConnection
  readonly key: string
  readonly namespace: string
  readonly onOthers: () => void
}): { close(): void } => {
  const { connection, key, namespace, onOthers } = options
  let alone = true
  const ask = async (): Promise<void> => {
    const others = await connection.run(SCRIPTS.fleets, [key], [namespace, String(LIFE_MS)])
    const now = others === 0
    if (alone && !now) onOthers()
    alone = now
  }
  const look = (): void => void ask().catch(() => undefined)
  void connection.readyWithin(EVERY_MS).then(look)
  const timer = setInterval(look, EVERY_MS).unref()
  return { close: () => clearInterval(timer) }
}
