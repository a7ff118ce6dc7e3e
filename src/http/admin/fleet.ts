import type { FleetState } from '../../limits/fleet/state.ts'
import type { AdminParts } from './parts.ts'
import type { AdminResource } from './resource.ts'

const timeOf = (ms: number): string => new Date(ms).toISOString()

const ledgerView = (ledger: FleetState['ledgers'][number], part: number): object => ({
  part,
  state: ledger.state,
  since: timeOf(ledger.sinceMs),
  last_trouble: ledger.lastTrouble && {
    kind: ledger.lastTrouble.kind,
    message: ledger.lastTrouble.message,
    at: timeOf(ledger.lastTrouble.atMs),
  },
  pending_counters: ledger.pending,
  dropped_amounts: ledger.dropped,
  local_decisions: ledger.localDecisions,
  repaired_counters: ledger.repaired,
})

/** How this process shares its limits with others, and since when it does not. */
export const fleetResources = ({ fleet }: AdminParts): readonly AdminResource[] => [
  {
    method: 'GET',
    path: '/fleet',
    role: 'viewer',
    says: 'whether limits are shared: replicas last heard of, the shared counters, and how they stand',
    handle: (c) => {
      const state = fleet()
      if (state === undefined) return c.json({ shared: false, degraded: false, replicas: 1 })
      return c.json({
        shared: true,
        degraded: state.degraded,
        replicas: state.replicas,
        keys: state.keys,
        running_keys: state.runningKeys,
        counters: state.ledgers.map(ledgerView),
      })
    },
  },
]
