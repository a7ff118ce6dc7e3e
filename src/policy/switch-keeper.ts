import type { Gossip } from '../core/gossip.ts'
import type { Clock } from '../core/seams.ts'
import {
  hasReturned,
  isSameSwitchSet,
  type SwitchBoard,
  type SwitchChange,
  type SwitchEntry,
  type SwitchSet,
} from '../core/switches.ts'
import type { Switches } from './switches.ts'

/** Gossip topic: the version of a set that is new; what it is, is asked of the board. */
export const SWITCHES_TOPIC = 'switches'

/** Switches as a process knows them. */
export type SwitchKeeper = {
  /** The newest set it has seen; switches that have returned by themselves stand in it until they are taken out. */
  known(): SwitchSet
  /** The set as the board has it now; the known one where that cannot be asked, and `isHearsay`. */
  latest(): Promise<{ readonly set: SwitchSet; readonly isHearsay: boolean }>
  /** Puts these entries in place of all; see {@link SwitchBoard}. In force here once it resolves. */
  change(expectedVersion: number, entries: readonly SwitchEntry[]): Promise<SwitchChange>
  /** Whether the board could be asked the last time. */
  reachable(): boolean
  /** What is set now by state: to stay, or waiting to be confirmed. */
  inForce(): readonly SwitchEntry[]
  close(): Promise<void>
}

/** What a keeper is made of. No callback may throw. */
export type SwitchKeeperOptions = {
  readonly board: SwitchBoard
  /** What is known at the start. */
  readonly start: SwitchSet
  readonly clock: Clock
  /** Puts switches in force instead of all earlier ones. */
  readonly apply: (switches: Switches) => void
  /** Told of each set that is taken in place of another. */
  readonly onTaken?: (before: SwitchSet, after: SwitchSet) => void
  /** Told of switches that this process took out because nobody confirmed them in time. */
  readonly onReturned?: (returned: readonly SwitchEntry[], set: SwitchSet) => void
  readonly gossip?: Gossip | undefined
  /** Milliseconds between looks at the board and at what has run out; 1,000 unless told. */
  readonly lookMs?: number | undefined
}

const LOOK_MS = 1_000

const switchesOf = (entries: readonly SwitchEntry[]): Switches =>
  new Map(entries.map(({ id, mode, rollout }) => [id, { mode, rollout }]))

/**
 * Keeps the policy of a process in step with the switches of its board: by news from the others, and by a
 * look every second, so that a lost message costs a second at most. A switch that nobody confirmed returns
 * at its time in every process, whether the board can be reached or not; taking it out of the set is a
 * change like any other, by version, so that of many processes one makes it. While the board cannot be
 * asked, what is known holds.
 */
export const createSwitchKeeper = (options: SwitchKeeperOptions): SwitchKeeper => {
  const { board, clock, gossip, lookMs = LOOK_MS } = options
  let known = options.start
  let applied: readonly SwitchEntry[] = []
  let reachable = true
  let closed = false

  const inForce = (): readonly SwitchEntry[] => {
    const nowMs = clock.now()
    return known.entries.filter((entry) => !hasReturned(entry, nowMs))
  }
  const apply = (): void => {
    const now = inForce()
    if (now.length === applied.length && now.every((entry, at) => entry === applied[at])) return
    applied = now
    options.apply(switchesOf(now))
  }
  const take = (set: SwitchSet): void => {
    // Of two sets of one version, which only a store that lost a write can lead to, the board's is true.
    if (
      set.version > known.version ||
      (set.version === known.version && !isSameSwitchSet(set, known))
    ) {
      const before = known
      known = set
      options.onTaken?.(before, set)
    }
    apply()
  }
  const read = async (): Promise<boolean> => {
    try {
      take(await board.read())
      reachable = true
    } catch {
      reachable = false
    }
    return reachable
  }
  const change: SwitchKeeper['change'] = async (expectedVersion, entries) => {
    const outcome = await carryOut(expectedVersion, entries)
    take(outcome.kind === 'changed' ? outcome.set : outcome.current)
    if (outcome.kind === 'changed') gossip?.tell(SWITCHES_TOPIC, String(outcome.set.version))
    return outcome
  }
  /** A change whose answer was lost may have been made: then it is what stands there now. */
  const carryOut: SwitchKeeper['change'] = async (expectedVersion, entries) => {
    try {
      return await board.change(expectedVersion, entries)
    } catch (error) {
      const set = { version: expectedVersion + 1, entries }
      if ((await read()) && isSameSwitchSet(known, set)) return { kind: 'changed', set: known }
      throw error
    }
  }

  const takeOut = async (): Promise<void> => {
    const nowMs = clock.now()
    const set = known
    const returned = set.entries.filter((entry) => hasReturned(entry, nowMs))
    if (returned.length === 0 || !reachable) return
    const left = set.entries.filter((entry) => !returned.includes(entry))
    const outcome = await change(set.version, left)
    if (outcome.kind === 'changed') options.onReturned?.(returned, outcome.set)
  }

  let looking: Promise<void> | undefined
  let again = false
  const lookOnce = async (): Promise<void> => {
    await read()
    // What could not be taken out is tried again at the next look.
    await takeOut().catch(() => undefined)
  }
  const look = (): void => {
    if (looking !== undefined || closed) return
    looking = lookOnce().finally(() => {
      looking = undefined
      if (again) look()
    })
    again = false
  }

  gossip?.hear(SWITCHES_TOPIC, (text) => {
    if (closed || !/^\d{1,15}$/.test(text) || Number(text) <= known.version) return
    // What is under way may have asked too early to see it.
    again = looking !== undefined
    look()
  })
  const timer = setInterval(() => {
    apply()
    look()
  }, lookMs).unref()
  apply()

  return {
    known: () => known,
    latest: async () => {
      const isHearsay = !(await read())
      return { set: known, isHearsay }
    },
    change,
    reachable: () => reachable,
    inForce,
    close: async () => {
      closed = true
      clearInterval(timer)
      await looking
    },
  }
}
