import { z } from 'zod'
import type { RedisAddress, RedisNode, RedisTls } from './store/redis-address.ts'

const REDIS_PORT = 6_379
const SENTINEL_PORT = 26_379
const MOST_NODES = 64

const nodeOf = (text: string, defaultPort: number): RedisNode | undefined => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3] ?? defaultPort)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

const nodes = z
  .array(
    z
      .string()
      .refine(
        (text) => nodeOf(text, REDIS_PORT) !== undefined,
        'not a server; write host:port, such as redis-1.internal:6379',
      ),
  )
  .min(1, 'no server; write at least one host:port')
  .max(
    MOST_NODES,
    `too many servers; write at most ${MOST_NODES}, the others are found through them`,
  )

/** A part of a URL as it was meant, or `undefined` where it is escaped wrongly. */
const unescaped = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const isRedisUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text)
  return (
    unescaped(username + password) !== undefined &&
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^(\/\d{0,5})?$/.test(pathname) &&
    search + hash === ''
  )
}

const url = z
  .string()
  .refine(
    isRedisUrl,
    'not a URL of Redis; write redis://host:6379 or, with TLS, rediss://host:6379; /1 at its end is a database; a password with / ? # @ or % in it goes beside the url, as password',
  )
  .describe('redis://user:password@host:port/database, rediss:// with TLS')

const secret = z.string().min(1).optional()
const database = z.int().min(0).max(65_535).default(0)

const redisObject = z
  .strictObject({
    url: url.optional(),
    sentinel: z
      .strictObject({
        name: z.string().min(1).describe('the group the sentinels watch'),
        nodes,
        username: secret.describe('for the sentinels themselves'),
        password: secret.describe('for the sentinels themselves'),
        database,
      })
      .optional(),
    cluster: z.strictObject({ nodes }).optional(),
    username: secret,
    password: secret,
    tls: z
      .strictObject({
        ca: secret.describe('PEM text, such as ${file:ca.pem}; default: what Node.js trusts'),
        cert: secret.describe('PEM text, where the server asks for a certificate'),
        key: secret.describe('PEM text of its key'),
        server_name: secret.describe('the name the certificate is for, where it is another'),
      })
      .refine(
        ({ cert, key }) => (cert === undefined) === (key === undefined),
        'half a certificate; write both cert and key, or neither',
      )
      .optional()
      .describe('{} is enough where the certificate is one Node.js trusts'),
    prefix: z
      .string()
      .regex(/^[\w.-]{1,64}$/, 'not a prefix; use letters, digits, dot, dash, underscore')
      .default('stillwatch')
      .describe('what every key begins with'),
    command_timeout_ms: z
      .int()
      .min(5)
      .max(5_000)
      .default(50)
      .describe('what a call waits for Redis at most, in milliseconds'),
  })
  .refine(
    (redis) => [redis.url, redis.sentinel, redis.cluster].filter(Boolean).length === 1,
    'not one place; write exactly one of url, sentinel, cluster',
  )
  .refine(
    ({ url: text = '', username, password }) =>
      !text.includes('@') || (username === undefined && password === undefined),
    'two credentials; write them in the url or beside it',
  )

const SHAPE = 'write memory, or redis with a URL such as redis://host:6379'

/** The words of the branch that was meant, which is the last for all but plain words. */
const wordsOf = (issue: z.core.$ZodRawIssue): string => {
  const meant = issue.code === 'invalid_union' ? issue.errors.at(-1)?.[0] : undefined
  const { input } = issue
  if (typeof input !== 'object' || input === null || meant === undefined)
    return `not a store; ${SHAPE}`
  const where = meant.path.length === 0 ? '' : `${meant.path.map(String).join('.')}: `
  if (meant.code === 'invalid_type' && meant.message.endsWith('received undefined')) {
    return `${where}a required key is missing; write it`
  }
  if (meant.code === 'unrecognized_keys') {
    return `${where}unknown key ${JSON.stringify(meant.keys[0])}; remove it or correct its spelling`
  }
  const { message } = meant
  return `${where}${message.includes('; ') ? message : `${message.toLowerCase()}; see the documentation of this key`}`
}

/**
 * Where limits and marks are kept: `memory`, or a Redis or Valkey that the replicas of a fleet share, as
 * a URL or in its longer form.
 */
export const storeSettings = z
  .union(
    [
      z.literal('memory'),
      z.strictObject({ redis: z.union([url, redisObject], { error: wordsOf }) }),
    ],
    { error: wordsOf },
  )
  .default('memory')
  .describe('where limits and marks are kept')

/** The store as the settings hold it. */
export type StoreValue = z.output<typeof storeSettings>

const fromUrl = (
  text: string,
): { readonly at: RedisAddress['at']; readonly secure: boolean } & Pick<
  RedisAddress,
  'username' | 'password'
> => {
  const { hostname, port, pathname, protocol, username, password } = new URL(text)
  return {
    at: {
      kind: 'single',
      node: {
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? REDIS_PORT : Number(port),
      },
      database: Number(pathname.slice(1)),
    },
    secure: protocol === 'rediss:',
    username: username === '' ? undefined : unescaped(username),
    password: password === '' ? undefined : unescaped(password),
  }
}

const NO_CERTIFICATES: RedisTls = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  serverName: undefined,
}

const nodesOf = (texts: readonly string[], defaultPort: number): readonly RedisNode[] =>
  texts.flatMap((text) => nodeOf(text, defaultPort) ?? [])

/** What the store connects to; `undefined` for `memory`. */
export const redisOf = (
  store: StoreValue,
): { readonly address: RedisAddress; readonly prefix: string } | undefined => {
  if (store === 'memory') return undefined
  const redis =
    typeof store.redis === 'string' ? redisObject.parse({ url: store.redis }) : store.redis
  const { sentinel, cluster, prefix, username, password, command_timeout_ms } = redis
  const tls: RedisTls | undefined =
    redis.tls === undefined
      ? undefined
      : {
          ca: redis.tls.ca,
          cert: redis.tls.cert,
          key: redis.tls.key,
          serverName: redis.tls.server_name,
        }
  const common = { username, password, tls, commandTimeoutMs: command_timeout_ms }
  if (cluster !== undefined) {
    const at = { kind: 'cluster', nodes: nodesOf(cluster.nodes, REDIS_PORT) } as const
    return { address: { ...common, at }, prefix }
  }
  if (sentinel !== undefined) {
    const at = {
      kind: 'sentinel',
      name: sentinel.name,
      nodes: nodesOf(sentinel.nodes, SENTINEL_PORT),
      database: sentinel.database,
      username: sentinel.username,
      password: sentinel.password,
    } as const
    return { address: { ...common, at }, prefix }
  }
  const single = fromUrl(redis.url ?? '')
  return {
    address: {
      ...common,
      at: single.at,
      username: username ?? single.username,
      password: password ?? single.password,
      tls: tls ?? (single.secure ? NO_CERTIFICATES : undefined),
    },
    prefix,
  }
}
