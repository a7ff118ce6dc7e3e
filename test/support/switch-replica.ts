import { Registry } from 'prom-client'
import { openSwitches, type OpenSwitches } from '../../src/app-switches.ts'
import type { Gossip } from '../../src/core/gossip.ts'
import type { SwitchEntry, SwitchSet } from '../../src/core/switches.ts'
import type { Audit, AuditEntry } from '../../src/http/admin/audit.ts'
import { withSwitchSet } from '../../src/policy/switch-edit.ts'
import { withSwitches } from '../../src/policy/switches.ts'
import { createLog } from '../../src/sinks/log.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { createRedisGossip } from '../../src/store/redis-gossip.ts'
import { aPolicy } from './a-policy.ts'
import { aSwitch } from './some-switches.ts'

/** The key under which these replicas keep their switches. */
export const SWITCHES_KEY = 'test:1:ours:switches'

const ROOT_KEY = new Uint8Array(32).fill(7)
/** One rule for each of many operators. */
const RULES = 60
const POLICY = aPolicy(
  `rules:\n${Array.from({ length: RULES }, (_, at) => `  - { id: r-${at}, when: account.known, then: tag }`).join('\n')}`,
)
const WRITTEN = { mode: 'enforce', rollout: 100 } as const

/** Switches of one process with its own folder, over a policy of rules `r-0` to `r-59`, all enforced. */
export type SwitchReplica = OpenSwitches & {
  /** Modes in force, by id, of those that are not enforced. */
  modes(): { readonly [id: string]: string }
  /** How often other modes were put in force. */
  readonly swaps: readonly unknown[]
  readonly registry: Registry
  readonly audited: readonly AuditEntry[]
  /** Lines of the log. */
  readonly said: readonly string[]
  /** Sets a switch, again and again until it is made. */
  set(wanted: Partial<SwitchEntry> & { readonly id: string }): Promise<SwitchSet>
}

const MAX_TRIES = 500

/** Opens a replica: of the fleet of a Redis, or a guard that is alone. */
export const openReplica = async (options: {
  readonly folder: string
  readonly redis?: RedisAddress
  /** What becomes of what is heard; all of it arrives unless told. */
  readonly arrives?: () => boolean
  readonly lookMs?: number
}): Promise<SwitchReplica> => {
  const { folder, redis, arrives = () => true, lookMs } = options
  const said: string[] = []
  const swaps: unknown[] = []
  const audited: AuditEntry[] = []
  let policy = POLICY
  const whole =
    redis &&
    createRedisGossip({
      connect: () => createRedisConnection(redis).client,
      prefix: 'test',
      namespace: 'ours',
      rootKey: ROOT_KEY,
    })
  const gossip: Gossip | undefined = whole && {
    tell: (topic, text) => whole.tell(topic, text),
    hear: (topic, heard) => whole.hear(topic, (text) => (arrives() ? heard(text) : undefined)),
    close: () => whole.close(),
  }
  const registry = new Registry()
  const open = await openSwitches(
    {
      clock: { now: () => Date.now() },
      dataDir: { path: folder, rootKey: ROOT_KEY, readOnly: false },
      log: createLog({ level: 'info', destination: { write: (line) => void said.push(line) } }),
    },
    {
      policy: {
        live: {
          current: () => policy,
          setSwitches: (switches) => {
            swaps.push(switches)
            policy = withSwitches(POLICY, switches)
          },
        },
      },
      metrics: { registry },
      fleet:
        redis && gossip
          ? {
              store: {
                place: { address: redis, prefix: 'test', namespace: 'ours' },
                patienceMs: () => 2_000,
              },
              gossip,
            }
          : undefined,
      lookMs,
    },
  )
  const audit: Audit = {
    record: (entry) => Promise.resolve(void audited.push(entry)),
    page: () => Promise.resolve({ entries: [], next: undefined }),
  }
  open.auditTo(audit)
  return {
    ...open,
    swaps,
    registry,
    audited,
    said,
    modes: () =>
      Object.fromEntries(
        policy.rules.filter(({ mode }) => mode !== 'enforce').map(({ id, mode }) => [id, mode]),
      ),
    set: async (wanted) => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const { set } = await open.keeper.latest()
        const { version: _, confirmed: __, ...entry } = aSwitch({ atMs: Date.now(), ...wanted })
        const made = await open.keeper.change(set.version, withSwitchSet(set, entry, WRITTEN))
        if (made.kind === 'changed') return made.set
      }
      throw new Error('others came first every time')
    },
    close: async () => {
      await open.close()
      await gossip?.close()
    },
  }
}
