import type { Presence, Replica } from '../../core/ledger.ts'
import type { FleetPlace } from './share.ts'

/** Who lives in the fleet, as last known. */
export type Replicas = {
  place(): FleetPlace
  /** Beats once, now; never rejects. */
  beat(): Promise<void>
  stop(): void
}

/** Answers in a row without a process after which it belongs to the fleet no more. */
const MOST_MISSED = 5

/**
 * Says every second that this process lives. Where that fails the last known replicas stay: a fleet that
 * cannot be seen is not a fleet of one, and neither is one whose list was lost and is just being filled
 * again. One that was never seen is as large as it was `knownBefore`.
 */
export const createReplicas = (options: {
  readonly presence: Presence
  readonly replicaId: string
  readonly beatEveryMs: number
  /** Processes the fleet had when it was last seen, by an earlier run; 1 unless told. */
  readonly knownBefore?: number | undefined
  /** What to say with the next beat. */
  readonly note: () => string
  readonly onReplicas: (replicas: readonly Replica[]) => void
}): Replicas => {
  const { presence, replicaId, note, onReplicas } = options
  const { knownBefore = 1 } = options
  let place: FleetPlace = { replicas: knownBefore, index: knownBefore - 1 }
  let beating: Promise<void> | undefined
  /** Answers since a process was last among the living. */
  const missed = new Map<string, number>()

  const heard = (replicas: readonly Replica[]): void => {
    for (const [id, answers] of missed) {
      if (answers < MOST_MISSED) missed.set(id, answers + 1)
      else missed.delete(id)
    }
    for (const { id } of replicas) missed.set(id, 0)
    const ids = [...missed.keys()].toSorted()
    const index = ids.indexOf(replicaId)
    // Who is not among them is one more: its share must not be taken from theirs.
    const count = ids.length + (index < 0 ? 1 : 0)
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
