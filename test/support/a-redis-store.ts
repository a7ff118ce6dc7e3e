import { onTestFinished } from 'vitest'
import type { Claim, SharedLedger } from '../../src/core/ledger.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import {
  createRedisStore,
  type RedisStore,
  type RedisStoreOptions,
} from '../../src/store/redis-store.ts'
import { until } from './wait.ts'

/** A store that is closed after the test. */
export const aRedisStore = (
  address: RedisAddress,
  over: Partial<RedisStoreOptions> = {},
): RedisStore => {
  const store = createRedisStore({
    address,
    prefix: 'test',
    namespace: 'ours',
    replicaId: 'one',
    ...over,
  })
  onTestFinished(() => store.close())
  return store
}

/** The ledger of a store at a place of its list. */
export const ledgerOf = (store: RedisStore, at = 0): SharedLedger => {
  const ledger = store.ledgers[at]
  if (ledger === undefined) throw new Error(`a store without a ledger ${at}`)
  return ledger
}

/** The first ledger of a store, once it is connected and opened. */
export const opened = async (store: RedisStore): Promise<SharedLedger> => {
  const ledger = ledgerOf(store)
  await until('a connection', () => store.state().connected)
  await ledger.open()
  return ledger
}

/** A claim of 1 out of 100 an hour on counter 1 unless told. */
export const claimOn = (over: Partial<Claim> = {}): Claim => ({
  hi: 0,
  lo: 1,
  concurrent: false,
  window: { align: 'first_use', lengthMs: 3_600_000 },
  amount: 1,
  quota: 100,
  enforced: true,
  ...over,
})

/** How a request to a ledger ended: the kind of its failure, or `done`; and after how long. */
export const outcomeOf = async (
  request: Promise<unknown>,
): Promise<{ readonly kind: unknown; readonly tookMs: number }> => {
  const startMs = performance.now()
  const kind = await request.then(
    () => 'done',
    (error: { readonly kind?: unknown }) => error.kind ?? error,
  )
  return { kind, tookMs: performance.now() - startMs }
}
