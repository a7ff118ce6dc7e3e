import { expect, it } from 'vitest'
import { percentile, QUOTAS, startFleetLoad, type FleetLoad, type LoadCall } from './fleet-load.ts'
import { keysOf, startWiredFleet, type WiredFleet } from './fleet-rig.ts'
import type { RedisServer } from './redis-server.ts'
import { until } from './wait.ts'

/** Something that goes wrong under a load, and how the fleet must take it. */
export type FleetFault = {
  readonly name: string
  readonly args?: readonly string[]
  readonly before?: (server: RedisServer) => Promise<unknown>
  readonly breaks: (fleet: WiredFleet, load: FleetLoad) => unknown
  /** Where absent, nothing has to be mended: it is over at once, or never. */
  readonly mends?: (fleet: WiredFleet) => unknown
  /** Members that must go on alone for a while. */
  readonly alone: number
  /** Whether counters are shared again in the end; they are unless told. */
  readonly returns?: boolean
  /** Whether no call may be admitted beyond a quota even so; how long is waited is not looked at then. */
  readonly exact?: boolean
}

const BEFORE_CALLS = 150
const BROKEN_CALLS = 260
const AFTER_CALLS = 60
/** Until every part is trusted again: the longest pause between two attempts, and the cool-down. */
const RETURN_MS = 4_000
const MOST_KEYS = 12

/** What a share of the calls waited at most; what a bare timer waited too long is the machine's part. */
const share = (values: readonly LoadCall[], of: number): number =>
  percentile(
    values.map(({ waitMs, lateMs }) => Math.max(0, waitMs - lateMs)),
    of,
  )

const brought = async (fleet: WiredFleet): Promise<void> => {
  await until(
    'the fleet to share again',
    () =>
      fleet.degraded() === 0 &&
      fleet.members.every(({ limiter }) =>
        limiter.state().ledgers.every(({ pending }) => pending === 0),
      ),
    25_000,
  )
}

/** How exact the counters are once all is well: nothing that was let through is missing in them. */
const settledIn = async (fleet: WiredFleet, load: FleetLoad, doubtful: number) => {
  for (const account of ['spread', 'lopsided'] as const) {
    await until(`no running call of ${account}`, async () => {
      const seen = await Promise.all([0, 1, 2].map((at) => load.used(at, 'at-once', account)))
      return seen.every((running) => running === 0)
    })
    const counted = await load.used(0, 'calls', account)
    const tokens = await load.used(1, 'tokens', account)
    expect(await load.used(2, 'calls', account)).toBe(counted)
    expect(counted, `calls of ${account} counted`).toBeGreaterThanOrEqual(load.admitted(account))
    expect(counted).toBeLessThanOrEqual(load.admitted(account) + doubtful)
    expect(tokens, `tokens of ${account} counted`).toBeGreaterThanOrEqual(load.tokensUsed(account))
  }
  for (const { limiter } of fleet.members) expect(limiter.state().runningKeys).toBe(0)
  const keys = await keysOf(fleet.server, 'test:*')
  expect(keys.size).toBeLessThanOrEqual(MOST_KEYS)
  for (const [key, liveMs] of keys) expect(liveMs, key).toBeGreaterThan(0)
}

const run = async (fault: FleetFault, fleet: WiredFleet): Promise<void> => {
  const { alone, exact = false, returns = true } = fault
  const load = startFleetLoad(fleet)
  await load.goOn(BEFORE_CALLS)
  await until('one quota to be used up', () => load.admitted('lopsided') >= QUOTAS.lopsided, 25_000)
  // A machine that is busy may have cost an answer already.
  await brought(fleet)

  load.spreadAll()
  const brokenFrom = load.done.length
  const brokenMs = performance.now()
  await fault.breaks(fleet, load)
  if (alone > 0) await until('members that stand alone', () => fleet.degraded() >= alone)
  const aloneMs = performance.now() - brokenMs
  await load.goOn(BROKEN_CALLS)
  if (alone < 3) expect(fleet.degraded()).toBe(alone)
  const mendedAtMs = Date.now()
  await fault.mends?.(fleet)
  const mendedMs = performance.now()
  if (returns) await brought(fleet)
  const returnMs = performance.now() - mendedMs
  await load.goOn(AFTER_CALLS)
  await load.stop()

  const broken = load.done.slice(brokenFrom)
  const waited = broken.filter((call) => !call.alone)
  const stood = broken.filter((call) => call.alone)
  const line = {
    case: fault.name,
    calls: load.done.length,
    failed: load.failures.length,
    spread: `${load.admitted('spread')}/${QUOTAS.spread}`,
    lopsided: `${load.admitted('lopsided')}/${QUOTAS.lopsided}`,
    in_flight: load.mostInFlight(),
    waited_p99_ms: share(waited, 0.99).toFixed(1),
    waited_max_ms: share(waited, 1).toFixed(1),
    alone_p99_ms: share(stood, 0.99).toFixed(3),
    machine_late_ms: Math.max(...waited.map(({ lateMs }) => lateMs)).toFixed(1),
    alone_calls: stood.length,
    alone_after_ms: alone > 0 ? Math.round(aloneMs) : '-',
    back_after_ms: returns ? Math.round(returnMs) : '-',
  }
  console.log(JSON.stringify(line))

  expect(load.failures).toEqual([])
  const inFlight = load.mostInFlight()
  for (const account of ['spread', 'lopsided'] as const) {
    const quota = QUOTAS[account]
    const most = exact ? quota : quota * (2 - 1 / 3) + inFlight
    expect(load.admitted(account), account).toBeLessThanOrEqual(most)
    expect(load.admitted(account), account).toBeGreaterThanOrEqual(quota)
  }
  if (!exact) expect(share(waited, 0.99)).toBeLessThanOrEqual(60)
  expect(share(stood, 0.95)).toBeLessThanOrEqual(1)
  expect(broken.some(({ admission }) => admission.degraded)).toBe(alone > 0)
  if (alone === 3) expect(stood.length).toBeGreaterThan(BROKEN_CALLS / 2)
  if (!returns) return
  expect(returnMs).toBeLessThan(RETURN_MS)
  // What was brought by a request whose answer did not come in time is brought again: stricter.
  const doubted = fleet.members.some(({ limiter }) =>
    limiter
      .state()
      .ledgers.some(({ lastTrouble: last }) => last?.kind === 'timeout' && last.atMs >= mendedAtMs),
  )
  await settledIn(fleet, load, doubted ? load.done.length : inFlight)
}

/** Tests of these faults, several at the same time, each with a server of its own. */
export const itHolds = (faults: readonly FleetFault[]): void => {
  for (const fault of faults) {
    it.concurrent(fault.name, async () => {
      const { args, before, exact } = fault
      // A deadline that no busy machine misses, where nothing but a defect may cost an answer.
      const commandTimeoutMs = exact === true ? 5_000 : 50
      const fleet = await startWiredFleet({ args, before, commandTimeoutMs })
      try {
        await run(fault, fleet)
      } finally {
        await fleet.close()
      }
    })
  }
}
