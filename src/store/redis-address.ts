import type { ClusterOptions, RedisOptions } from 'ioredis'

/** Host and port of a server. */
export type RedisNode = { readonly host: string; readonly port: number }

/** Certificates for TLS, as PEM. */
export type RedisTls = {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  /** The name the server's certificate is for, where it is not the host that is connected to. */
  readonly serverName: string | undefined
}

/** Where Redis or Valkey is, and how to speak to it. */
export type RedisAddress = {
  readonly at:
    | { readonly kind: 'single'; readonly node: RedisNode; readonly database: number }
    | {
        readonly kind: 'sentinel'
        /** Name of the group the sentinels watch. */
        readonly name: string
        readonly nodes: readonly RedisNode[]
        readonly database: number
        readonly username: string | undefined
        readonly password: string | undefined
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
  readonly username: string | undefined
  readonly password: string | undefined
  /** `undefined` without TLS. */
  readonly tls: RedisTls | undefined
  /** Milliseconds within which every request is answered or fails. */
  readonly commandTimeoutMs: number
}

const CONNECT_TIMEOUT_MS = 1_000
/** A socket that owes an answer for so long is given up for a new one. */
const SOCKET_TIMEOUT_MS = 1_000
const KEEP_ALIVE_MS = 10_000
/** All replicas must have found a server that begins anew before any of them trusts it again. */
const LONGEST_BACKOFF_MS = 500
/** A server that reads its file is asked so often; its own estimate of the end is far off at first. */
const LOADING_RETRY_MS = 500

/** Milliseconds until the next attempt: doubling from 50, at most half a second, half of it at random. */
const backoffMs = (attempt: number): number =>
  Math.min(LONGEST_BACKOFF_MS, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2)

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  // A computed key of one literal type is that literal.
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })

const tlsOptions = ({ tls }: RedisAddress) =>
  tls === undefined
    ? undefined
    : {
        ...given('ca', tls.ca),
        ...given('cert', tls.cert),
        ...given('key', tls.key),
        ...given('servername', tls.serverName),
      }

/** What holds for every connection, of a cluster's nodes too. */
const common = (address: RedisAddress) =>
  ({
    ...given('username', address.username),
    ...given('password', address.password),
    ...given('tls', tlsOptions(address)),
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    noDelay: true,
    maxLoadingRetryTime: LOADING_RETRY_MS,
    // The primary became a replica: a new connection finds the one that took its place.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    connectionName: 'stillwatch',
  }) satisfies RedisOptions

/** Options of a client of one server, directly or by the word of its sentinels. */
export const redisOptions = (address: RedisAddress): Omit<RedisOptions, 'replyMapping'> => {
  const { at } = address
  const options = {
    ...common(address),
    enableOfflineQueue: false,
    retryStrategy: backoffMs,
  }
  switch (at.kind) {
    case 'single':
      return { ...options, ...at.node, db: at.database }
    case 'sentinel':
      return {
        ...options,
        db: at.database,
        name: at.name,
        sentinels: at.nodes.map((node) => ({ ...node })),
        ...given('sentinelUsername', at.username),
        ...given('sentinelPassword', at.password),
        ...given('sentinelTLS', tlsOptions(address)),
        enableTLSForSentinelMode: address.tls !== undefined,
        sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
        sentinelRetryStrategy: backoffMs,
      }
    case 'cluster':
      throw new TypeError('a cluster has options of its own')
  }
}

/**
 * Options of a client of a cluster. Nothing is sent a second time where it may have been carried out;
 * only a redirection, which says that it was not, is followed.
 */
export const clusterOptions = (
  address: RedisAddress,
): Omit<ClusterOptions, 'redisOptions'> & { redisOptions: ReturnType<typeof common> } => ({
  enableOfflineQueue: false,
  clusterRetryStrategy: backoffMs,
  clusterNodeRetryStrategy: backoffMs,
  maxRedirections: 4,
  retryDelayOnFailover: 0,
  retryDelayOnClusterDown: 0,
  retryDelayOnTryAgain: 10,
  slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
  slotsRefreshInterval: 5_000,
  redisOptions: common(address),
})
