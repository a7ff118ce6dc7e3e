import type { Cost, Demand, LimitState } from '../../core/decision.ts'
import type { CounterId, Presence, Replica, SharedLedger } from '../../core/ledger.ts'
import type { Clock, Limiter } from '../../core/seams.ts'
import { amountOf } from '../amount.ts'
import { createCompactCounters } from '../compact-counters.ts'
import { createFingerprints, LEDGER_BITS, type HashKey } from '../fingerprint.ts'
import { createBacklog } from './backlog.ts'
import { createFleetAdmission } from './admission.ts'
import { meet, stateOf } from './charge.ts'
import { groupsOf, type FleetGroup } from './flight.ts'
import { forgetGroup } from './forget.ts'
import { createFleetLink, type FleetLink } from './link.ts'
import { createOwn } from './own.ts'
import { createReplicas } from './replicas.ts'
import type { FleetProblem, FleetState } from './state.ts'
import type { FleetPlace } from './share.ts'
import { FLEET_TIMINGS, type FleetTimings } from './timings.ts'
import { OpenLease, type Charge } from '../open-lease.ts'

/** Options of {@link createFleetLimiter}. */
export type FleetLimiterOptions = {
  /** A power of two, at most 16; the counter with fingerprint `lo` is kept by number `lo & (length - 1)`. */
  readonly ledgers: readonly SharedLedger[]
  readonly presence: Presence
  /** Its name in `presence`, unlike that of every other process. */
  readonly replicaId: string
  /** The same in the whole fleet, or its processes count for themselves. */
  readonly hashKey: HashKey
  readonly clock: Clock
  /** Keys with a counter of their own in this process; 1,000,000 unless told. */
  readonly maxKeys?: number
  /** Keys with running calls in this process; 262,144 unless told. */
  readonly maxRunningKeys?: number
  /** Processes the fleet had when it was last seen, by an earlier run; 1 unless told. */
  readonly knownBefore?: number | undefined
  /** What to say of this process to the others; nothing unless told. */
  readonly note?: () => string
  /** Told what they said, about every second. */
  readonly onReplicas?: (replicas: readonly Replica[]) => void
  /** A ledger is trusted again, or is not any more. Must not throw. */
  readonly onChange?: (state: FleetState) => void
  readonly onProblem?: (problem: FleetProblem) => void
  /** New keys share counters until others expire. */
  readonly onFull?: () => void
  readonly timings?: Partial<FleetTimings>
}

/** The limiter of one process of a fleet. */
export type FleetLimiter = Limiter & {
  state(): FleetState
  /** Resolves once every ledger and the fleet were asked a first time, whatever came of it. */
  ready(): Promise<void>
}

const DEFAULT_MAX_KEYS = 1_000_000
/** Keys beyond the cap share counters, which are told like any other. */
const SHARED_KEYS = 65_536
/** Amounts kept for a ledger during an outage, 44 bytes each. */
const MAX_NOTED = 2_000_000

const ONE_OF_TWO: FleetPlace = { replicas: 2, index: 0 }

const ignore = (): void => undefined

/**
 * One truth for several processes, and an insurance of it. A call asks each ledger that counts for it
 * once, in parallel; where one refuses, the others are given back what they took. What a ledger let
 * through is counted here too. A ledger that fails is not waited for any more: its limits are judged by
 * this process's share of their quotas, against what this process let through itself, so that all
 * processes together admit at most quota × (2 - 1/N) and what was in flight. What was counted meanwhile
 * is brought to the ledger before it is trusted again.
 */
export const createFleetLimiter = (options: FleetLimiterOptions): FleetLimiter => {
  const { ledgers, presence, replicaId, hashKey, clock } = options
  const { maxKeys = DEFAULT_MAX_KEYS, onChange = ignore, onProblem = ignore } = options
  const timings: FleetTimings = { ...FLEET_TIMINGS, ...options.timings }
  const mask = ledgers.length - 1
  if (ledgers.length < 1 || mask > LEDGER_BITS || (ledgers.length & mask) !== 0) {
    throw new RangeError(`${ledgers.length} ledgers: must be a power of two, at most 16`)
  }
  const fingerprints = createFingerprints(hashKey)
  const counters = createCompactCounters({
    fingerprints,
    maxKeys,
    onFull: options.onFull ?? ignore,
  })
  const replicas = createReplicas({
    presence,
    replicaId,
    beatEveryMs: timings.beatEveryMs,
    knownBefore: options.knownBefore,
    note: options.note ?? (() => ''),
    onReplicas: options.onReplicas ?? ignore,
  })
  const own = createOwn({
    counters,
    fingerprints,
    mask,
    place: () => sharePlace(),
    maxRunningKeys: options.maxRunningKeys,
  })
  const maxNoted = Math.min(maxKeys + SHARED_KEYS, MAX_NOTED)
  const links = ledgers.map((ledger, number) =>
    createFleetLink({
      ledger,
      number,
      backlog: createBacklog({
        counters,
        ledger: number,
        mask,
        maxNoted,
        onFull: () => onProblem({ kind: 'backlog_full', ledger: number }),
      }),
      clock,
      timings,
      holdings: () => own.holdings(number),
      onChange: () => onChange(state()),
      onProblem,
    }),
  )

  /** A list of the living in a ledger that has just begun may have been lost with it: somebody is missing. */
  const sharePlace = (): FleetPlace => {
    const place = replicas.place()
    return place.replicas === 1 && links.some((link) => link.isNew()) ? ONE_OF_TWO : place
  }

  const state = (): FleetState => {
    const states = links.map((link) => link.state())
    const { replicas: living, index } = replicas.place()
    return {
      degraded: states.some((each) => each.state === 'degraded'),
      ledgers: states,
      replicas: living,
      index,
      keys: counters.stats().keys,
      runningKeys: own.runningKeys(),
    }
  }

  const admit = createFleetAdmission({ links, own })
  const linkOf = ({ lo }: CounterId): FleetLink | undefined => links[lo & mask]

  const makeRoom = (wanted: number): void => {
    counters.makeRoom(wanted, links[0]?.nowMs() ?? 0)
  }

  const settleOne = (charge: Charge, actual: Cost | undefined): void => {
    const { hi, lo, fits, concurrent, demand, family, amount, expiresMs } = charge
    if (!fits) return
    const { window } = family
    const used = actual === undefined ? amount : (amountOf(demand.counted, actual) ?? amount)
    const delta = concurrent ? -1 : used - amount
    own.correct(charge, delta)
    if (delta !== 0) linkOf(charge)?.correct({ hi, lo, concurrent, window, expiresMs, delta })
  }

  const peekGroup = async ({ link, charges }: FleetGroup): Promise<void> => {
    const taken = link.trusted() ? await link.read(charges) : undefined
    const nowMs = link.nowMs()
    for (const [at, charge] of charges.entries()) {
      const reading = taken?.readings[at]
      if (taken === undefined || reading === undefined) own.judge(charge, nowMs)
      else meet(charge, reading, charge.demand.quota, taken.nowMs)
    }
  }

  const peek = async (demands: readonly Demand[]): Promise<readonly LimitState[]> => {
    const charges = own.chargesOf(demands, undefined)
    await Promise.all(groupsOf(links, charges).map(peekGroup))
    return charges.map((charge) => stateOf(charge, 0))
  }

  const holder = setInterval(() => {
    for (const link of links) void link.hold()
  }, timings.holdEveryMs).unref()
  const first = Promise.all([replicas.beat(), ...links.map((link) => link.probe())])

  return {
    admit: (demands, cost) => {
      makeRoom(demands.length)
      return admit(own.chargesOf(demands, cost), cost)
    },
    settle: (lease, actual) => {
      if (!(lease instanceof OpenLease)) throw new TypeError('not a lease of this limiter')
      if (!lease.close()) return
      for (const charge of lease.charges) settleOne(charge, actual)
    },
    peek,
    forget: async (demands) => {
      const groups = groupsOf(links, own.chargesOf(demands, undefined))
      await Promise.all(groups.map((group) => forgetGroup(group, counters)))
      return peek(demands)
    },
    state,
    ready: async () => {
      await first
    },
    close: async () => {
      clearInterval(holder)
      replicas.stop()
      let timer: NodeJS.Timeout | undefined
      const deadline = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timings.closeWithinMs)
      })
      await Promise.race([deadline, Promise.all(links.map((link) => link.close()))])
      clearTimeout(timer)
    },
  }
}
