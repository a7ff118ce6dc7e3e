import { startGuard, type GuardProcess } from './guard-process.ts'
import { until } from './wait.ts'
import { keptClient, type Came } from './workers-rig.ts'

/** Accounts by the credential of their calls. */
const ACCOUNTS = ['exact', 'running', 'tight', 'wide'].map((name) => ({
  id: `acct_${name}`,
  credentials: [`sk-${name}`],
  created_at: 1_700_000_000_000,
}))

/** How a whole guard of a fleet is started; the same options with the same secret make one fleet. */
export type FleetGuardOptions = {
  readonly redisPort: number
  readonly upstreamUrl: string
  readonly secret?: string
  readonly commandTimeoutMs?: number
  /** The limits of the policy, in YAML. */
  readonly limits: string
}

/** Starts one program that shares its limits with the others at the same Redis. */
export const startFleetGuard = ({
  redisPort,
  upstreamUrl,
  secret = 'a secret that all replicas of a fleet know',
  commandTimeoutMs = 50,
  limits,
}: FleetGuardOptions): Promise<GuardProcess> =>
  startGuard({
    settings: {
      secret,
      store: {
        redis: {
          url: `redis://127.0.0.1:${redisPort}`,
          command_timeout_ms: commandTimeoutMs,
        },
      },
      upstreams: [{ id: 'main', url: upstreamUrl, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
    },
    policies: {
      'policy.yaml': `version: 1\ntiers: [{ id: all, when: 'true', factor: 1 }]\nlimits:\n${limits}`,
    },
    files: {
      'accounts.jsonl': ACCOUNTS.map((account) => `${JSON.stringify(account)}\n`).join(''),
    },
  })

/** What `/readyz` says: its status and the parts that do not work as they should. */
export const readinessOf = async (
  guard: GuardProcess,
): Promise<{ readonly status: number; readonly degraded: readonly string[] }> => {
  const { status, body } = await guard.admin('/readyz')
  // The body is the guard's own JSON.
  return { status, degraded: (body as { degraded: readonly string[] }).degraded }
}

/** A metric without labels, as `/metrics` says it now. */
export const metricOf = async (guard: GuardProcess, name: string): Promise<number> => {
  const { body } = await guard.admin('/metrics')
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(String(body))?.[1])
}

/** Resolves once all of them share their limits, and so many are seen. */
export const sharing = async (guards: readonly GuardProcess[]): Promise<void> => {
  await until(
    `${guards.length} guards that share`,
    async () => {
      const seen = await Promise.all(
        guards.map(async (guard) => {
          const { degraded } = await readinessOf(guard)
          return !degraded.includes('store') && (await metricOf(guard, 'stillwatch_store_replicas'))
        }),
      )
      return seen.every((replicas) => replicas === guards.length)
    },
    20_000,
  )
}

/** One call of a load, with the account it was for. */
export type FleetCame = Came & { readonly key: string; readonly guard: number }

/** Callers of every guard that ask again as soon as they were answered. */
export const startCallers = (guards: readonly GuardProcess[], keys: readonly string[]) => {
  const came: FleetCame[] = []
  const ending = new AbortController()
  const clients = guards.map(({ url }) => keptClient(url, keys.length))
  const callers = clients.flatMap((client, guard) =>
    keys.map(async (key) => {
      while (!ending.signal.aborted) {
        const { status, id } = await client.call({ key: `sk-${key}` })
        came.push({ status, id, key, guard })
        // People pause; a caller in a closed loop would only measure this machine.
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }),
  )
  return {
    came,
    /** Resolves once so many more calls were answered. */
    goOn: async (calls: number): Promise<void> => {
      const before = came.length
      await until('the load to go on', () => came.length >= before + calls, 20_000)
    },
    stop: async (): Promise<void> => {
      ending.abort()
      await Promise.all(callers)
      for (const client of clients) client.close()
    },
  }
}
