import { startGuard, type GuardOptions, type GuardProcess } from './guard-process.ts'

/** Every call has to prove work, little of it, so that a test solves it in tens of milliseconds. */
export const PROVE = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
rules:
  - { id: prove, when: 'true', then: challenge, challenge: { kind: proof_of_work, difficulty: 0.1 } }
`

/** The same, bound to the credential: a clearance that can be carried. */
export const PROVE_BOUND = PROVE.replace('0.1 }', '0.1, bind: [credential] }')

/** Secret that seals the challenges of these guards, for tests that seal some of their own. */
export const CHALLENGE_SECRET = 'a secret that seals challenges in tests, long enough'

const ACCOUNTS = 200

/** Credential of an account of these guards; its id is `acct_` and the number. */
export const keyOf = (account: number): string => `sk-challenged-${account}`

const accountLines = (): string =>
  Array.from({ length: ACCOUNTS }, (_, at) => {
    const credentials = [keyOf(at), `${keyOf(at)}-other`]
    return `${JSON.stringify({ id: `acct_${at}`, credentials, created_at: 1_700_000_000_000 })}\n`
  }).join('')

/**
 * Starts a guard whose policy challenges. Calls and answers say where they come from in `x-forwarded-for`,
 * so that what one network may do is not what a whole test may do.
 */
export const startChallenging = (options: {
  readonly upstreamUrl: string
  /** `store` of the settings: with one and the same store, guards are one fleet. */
  readonly store?: object
  readonly challenges?: object
  readonly policy?: string
  readonly settings?: object
  readonly folder?: string
  readonly environment?: GuardOptions['environment']
}): Promise<GuardProcess> => {
  const { upstreamUrl, store, challenges, policy = PROVE, settings, folder, environment } = options
  return startGuard({
    settings: {
      secret: 'a secret that all replicas of a fleet know',
      trusted_proxies: ['127.0.0.1/32'],
      upstreams: [{ id: 'main', url: upstreamUrl, dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
      challenges: { secrets: [CHALLENGE_SECRET], ...challenges },
      ...(store !== undefined && { store }),
      ...settings,
    },
    policies: { 'policy.yaml': policy },
    files: { 'accounts.jsonl': accountLines() },
    ...(folder !== undefined && { folder }),
    ...(environment !== undefined && { environment }),
  })
}

/** `store` of guards that share the Redis at a port. The deadline is one that a busy machine keeps. */
export const redisStore = (port: number, commandTimeoutMs = 1_000): object => ({
  redis: { url: `redis://127.0.0.1:${port}`, command_timeout_ms: commandTimeoutMs },
})
