// What a frozen Redis adds to a call with six limits, in one run: admissions through a live redis-server on
// loopback, then it is stopped where it is (SIGSTOP): the first calls, which wait for an answer until the
// breaker opens, and those after it, which are judged by the share of this process; then it goes on, several
// times over. `late` is by how much bare timers of 50 ms missed their time at the same moment: the machine's
// part. Budgets: 60 ms p99 for the first calls, 1 ms after. Run with node; prints one JSON line a phase.
import { setImmediate as turn } from 'node:timers/promises'
import type { Admission } from '../../src/core/decision.ts'
import { createFleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { createRedisStore } from '../../src/store/redis-store.ts'
import { aCost, aDemand } from '../support/a-demand.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const PER_SECOND = 2_000
const ROUNDS = 5
const ROUND_MS = 1_000
const ACCOUNTS = 1_000
const TIMER_MS = 50
const WINDOWS_S = [60, 86_400, 3_600, 60, 86_400, 0]
const COST = aCost(10, 20)

const server = await startRedis()
const store = createRedisStore({
  address: addressOf(server.port, { commandTimeoutMs: 50 }),
  prefix: 'bench',
  namespace: 'bench',
  replicaId: 'bench',
})
await until('a connection', () => store.state().connected)
const limiter = createFleetLimiter({
  ledgers: store.ledgers,
  presence: store.presence,
  replicaId: 'bench',
  hashKey: { k0: 1, k1: 2 },
  clock: { now: () => Date.now() },
})
await limiter.ready()

const demandsOf = (call: number) =>
  WINDOWS_S.map((seconds, limit) =>
    aDemand({
      limit: `limit-${limit}`,
      key: `acct_${(call * 7_919) % ACCOUNTS}`,
      counted: limit === 5 ? 'concurrent' : limit % 2 === 0 ? 'requests' : 'tokens',
      quota: 1e9,
      windowMs: seconds * 1_000,
      align: limit === 1 ? 'utc' : limit === 2 ? 'rolling' : 'first_use',
      enforced: limit !== 4,
    }),
  )

type Phase = 'live' | 'first' | 'open'
const waitsMs: { readonly [phase in Phase]: number[] } = { live: [], first: [], open: [] }
const lateMs: number[] = []
let failed = 0
let unanswered = 0
let calls = 0
let frozen = false

const came = (admission: Admission, phase: Phase, askedMs: number): void => {
  waitsMs[phase].push(performance.now() - askedMs)
  if (!admission.admitted) failed++
  else setImmediate(() => limiter.settle(admission.lease, aCost(10, 5), Date.now()))
}

const ask = (): void => {
  const demands = demandsOf(calls++)
  const phase: Phase = limiter.state().degraded ? 'open' : frozen ? 'first' : 'live'
  const askedMs = performance.now()
  const admission = limiter.admit(demands, COST, Date.now())
  if (!(admission instanceof Promise)) return came(admission, phase, askedMs)
  unanswered++
  if (phase === 'first') {
    setTimeout(() => lateMs.push(performance.now() - askedMs - TIMER_MS), TIMER_MS)
  }
  admission
    .then(
      (answer) => came(answer, phase, askedMs),
      () => failed++,
    )
    .finally(() => unanswered--)
  return undefined
}

const load = async (forMs: number): Promise<void> => {
  const startMs = performance.now()
  for (let asked = 0; performance.now() - startMs < forMs;) {
    const due = ((performance.now() - startMs) * PER_SECOND) / 1_000
    for (; asked < due; asked++) ask()
    await turn()
  }
}

await load(ROUND_MS)
waitsMs.live.length = 0
for (let round = 0; round < ROUNDS; round++) {
  await load(ROUND_MS)
  server.freeze()
  frozen = true
  await load(ROUND_MS)
  server.thaw()
  await until('to be trusted again', () => !limiter.state().degraded)
  await until('no answer to be missing', () => unanswered === 0)
  frozen = false
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000
const print = (phase: Phase, budgetMs: number | undefined, more: object = {}): void => {
  const waits = waitsMs[phase]
  console.log(
    JSON.stringify({
      bench: 'frozen-redis',
      case: phase,
      calls: waits.length,
      failed,
      p50_ms: rounded(at(waits, 0.5)),
      p99_ms: rounded(at(waits, 0.99)),
      max_ms: rounded(at(waits, 1)),
      ...(budgetMs === undefined ? {} : { budget_p99_ms: budgetMs }),
      ...more,
    }),
  )
}
print('live', undefined)
print('first', 60, { late_p99_ms: rounded(at(lateMs, 0.99)) })
print('open', 1)
await limiter.close()
await store.close()
await server.stop()
