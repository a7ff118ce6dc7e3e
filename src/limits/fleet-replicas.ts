import type { Presence, Replica } from '../core/ledger.ts'
import type { FleetPlace } from './fleet-share.ts'

/** Who lives in the fleet, as last known. */
export type Replicas = {
  place(): FleetPlace
  /** Beats once, now; never rejects. */
  beat(): Promise<void>
  stop(): void
}

/**
 * Says every second that this process lives. Where that fails the last known replicas stay: a fleet that
 * cannot be seen is not a fleet of one. One that was never seen is.
 */
export const createReplicas = (options: {
  readonly presence: Presence
  readonly replicaId: string
  readonly beatEveryMs: number
  /** What to say with the next beat. */
  readonly note: () => string
  readonly onReplicas: (replicas: readonly Replica[]) => void
}): Replicas => {
  const { presence, replicaId, note, onReplicas } = options
  let place: FleetPlace = { replicas: 1, index: 0 }
  let beating: Promise<void> | undefined

  const heard = (replicas: readonly Replica[]): void => {
    const index = replicas.findIndex(({ id }) => id === replicaId)
    // Who is not among them is one more: its share must not be taken from theirs.
    const count = replicas.length + (index < 0 ? 1 : 0)
    place = { replicas: count, index: index < 0 ? count - 1 : index }
    onReplicas(replicas)
  }
  const once = async (): Promise<void> => {
    try {
      heard(await presence.beat(note()))
    } catch {
      // The ledgers tell whether anything is wrong; presence alone harms nobody.
    } finally {
      beating = undefined
    }
  }
  const beat = (): Promise<void> => (beating ??= once())
  const timer = setInterval(() => void beat(), options.beatEveryMs).unref()

  return { place: () => place, beat, stop: () => clearInterval(timer) }
}
