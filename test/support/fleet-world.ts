import { vi } from 'vitest'
import {
  createFleetLimiter,
  type FleetLimiter,
  type FleetLimiterOptions,
} from '../../src/limits/fleet/limiter.ts'
import type { FleetProblem } from '../../src/limits/fleet/state.ts'
import { createFakeClock } from './clock.ts'
import { createLooseWire } from './loose-wire.ts'
import { createWipedLedger } from './wiped-ledger.ts'

const HASH_KEY = { k0: 77, k1: -5 }
const STEP_MS = 100

/** Call before a fleet is made: its timers then run only while {@link createFleetWorld} lets time pass. */
export const holdTimers = (): void => {
  vi.useFakeTimers({
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
    ],
  })
}

/** Processes of a fleet that share real ledgers in this process, over wires that break. */
export const createFleetWorld = async (
  options: {
    readonly replicas?: number
    readonly ledgers?: number
  } & Pick<Partial<FleetLimiterOptions>, 'maxKeys' | 'note' | 'onReplicas' | 'timings'> = {},
) => {
  const { replicas = 3, ledgers = 1, ...rest } = options
  const clock = createFakeClock()
  const ids = Array.from({ length: replicas }, (_, at) => `replica-${at}`)
  const places = Array.from({ length: ledgers }, () =>
    createWipedLedger({ clock, hashKey: HASH_KEY }),
  )
  const problems: FleetProblem[] = []
  let visible = true
  const presence = {
    beat: async () => {
      if (!visible) throw new Error('presence is gone')
      return ids.map((id) => ({ id, note: '' }))
    },
  }
  const members = ids.map((replicaId) => {
    const wires = places.map((place) => createLooseWire(place.of(replicaId)))
    const create = (): FleetLimiter =>
      createFleetLimiter({
        ledgers: wires.map((wire) => wire.ledger),
        presence,
        replicaId,
        hashKey: HASH_KEY,
        clock,
        maxKeys: 1_000,
        maxRunningKeys: 1_000,
        onProblem: (problem) => problems.push(problem),
        ...rest,
      })
    return { replicaId, wires, limiter: create(), create }
  })
  await Promise.all(members.map(({ limiter }) => limiter.ready()))

  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS)
      clock.advance(step)
      await vi.advanceTimersByTimeAsync(step)
    }
  }
  return {
    clock,
    ids,
    places,
    members,
    problems,
    now: () => clock.now(),
    pass,
    /** Lets what was put off to the end of a turn happen. */
    turn: () => vi.advanceTimersByTimeAsync(0),
    /** Whether the processes can see each other. */
    see: (seen: boolean) => {
      visible = seen
    },
    close: async () => {
      const closing = Promise.all(members.map(({ limiter }) => limiter.close()))
      await vi.advanceTimersByTimeAsync(1_000)
      await closing
      vi.useRealTimers()
    },
  }
}

/** What {@link createFleetWorld} makes. */
export type FleetWorld = Awaited<ReturnType<typeof createFleetWorld>>
