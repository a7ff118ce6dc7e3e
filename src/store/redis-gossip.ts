import { randomBytes } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Gossip } from '../core/gossip.ts'
import { DAY_MS } from '../core/time.ts'
import { createEntryForm } from './redis-gossip-entry.ts'
import { createHearer, type Hearer } from './redis-gossip-hear.ts'
import { createGossipLink } from './redis-gossip-link.ts'
import { createTeller, type Teller } from './redis-gossip-tell.ts'

/**
 * Something an operator should know of a topic: it can(not) be told, texts were dropped for want of room,
 * something stood in the stream that this installation did not write, or what stood under its key was
 * of no use and was removed.
 */
export type GossipTrouble = {
  readonly topic: string
  readonly kind: 'silent' | 'speaking' | 'dropped' | 'junk' | 'repaired'
}

/** What gossip over Redis needs. */
export type RedisGossipOptions = {
  /** A fresh client on every call, without a deadline for its commands. It is closed with the gossip. */
  readonly connect: () => Redis | Cluster
  /** Start of every key. */
  readonly prefix: string
  readonly namespace: string
  /** Key of the installation; those who do not share it do not hear each other. */
  readonly rootKey: Uint8Array
  /** How far back a topic is heard at the start, in milliseconds by topic; not at all by default. */
  readonly historyMs?: { readonly [topic: string]: number }
  readonly maxWaitingBytes?: number
  /** Memory that a stream may take in Redis, about. */
  readonly maxStreamBytes?: number
  /** Lifetime of a stream that nobody adds to. */
  readonly ttlMs?: number
  readonly onTrouble?: (trouble: GossipTrouble) => void
}

/** Gossip with counts, for metrics. */
export interface RedisGossip extends Gossip {
  stats(): {
    readonly told: number
    readonly heard: number
    readonly dropped: number
    readonly junk: number
    readonly waitingBytes: number
  }
}

const VERSION = 1

/**
 * Gossip over Redis Streams, one a topic, `<prefix>:1:<namespace>:gossip:<topic>`, on one connection for
 * telling and one more for each topic that is heard. Nothing waits for Redis. While it is gone, hung or
 * full, texts are kept up to `maxWaitingBytes` (8 MiB a topic) and sent once it is back; a reader resumes
 * after the last entry it read. A stream is trimmed to about `maxStreamBytes` (64 MiB, by the mean size
 * of its entries) and expires after `ttlMs` (two days); of what was trimmed before a reader came to it,
 * the reader hears nothing.
 */
export const createRedisGossip = (options: RedisGossipOptions): RedisGossip => {
  const { connect, rootKey, maxWaitingBytes = 8 * 2 ** 20 } = options
  const { maxStreamBytes = 64 * 2 ** 20, ttlMs = 2 * DAY_MS } = options
  const from = randomBytes(9).toString('base64url')
  const telling = createGossipLink(connect)
  const tellers = new Map<string, Teller>()
  const hearers = new Map<string, Hearer>()

  const keyOf = (topic: string): string =>
    `${options.prefix}:${VERSION}:${options.namespace}:gossip:${topic}`
  const trouble = (topic: string, kind: GossipTrouble['kind']): void =>
    options.onTrouble?.({ topic, kind })

  const tellerOf = (topic: string): Teller => {
    const known = tellers.get(topic)
    if (known !== undefined) return known
    const key = keyOf(topic)
    const teller = createTeller({
      link: telling,
      key,
      form: createEntryForm(rootKey, key),
      from,
      maxWaitingBytes,
      maxStreamBytes,
      ttlMs,
      onSpeaking: (speaking) => trouble(topic, speaking ? 'speaking' : 'silent'),
      onDropped: () => trouble(topic, 'dropped'),
      onRepaired: () => trouble(topic, 'repaired'),
    })
    tellers.set(topic, teller)
    return teller
  }

  return {
    tell: (topic, text) => tellerOf(topic).tell(text),
    hear: (topic, heard) => {
      const key = keyOf(topic)
      const teller = tellerOf(topic)
      const hearer = createHearer({
        link: createGossipLink(connect),
        key,
        form: createEntryForm(rootKey, key),
        from,
        heard,
        historyMs: options.historyMs?.[topic] ?? 0,
        maxHistoryBytes: 2 * maxStreamBytes,
        onSized: (bytes) => teller.sized(bytes),
        onJunk: () => trouble(topic, 'junk'),
      })
      hearers.set(topic, hearer)
    },
    stats: () => {
      const sum = { told: 0, heard: 0, dropped: 0, junk: 0, waitingBytes: 0 }
      for (const teller of tellers.values()) {
        const { told, dropped, waitingBytes } = teller.stats()
        sum.told += told
        sum.dropped += dropped
        sum.waitingBytes += waitingBytes
      }
      for (const hearer of hearers.values()) {
        const { heard, junk } = hearer.stats()
        sum.heard += heard
        sum.junk += junk
      }
      return sum
    },
    close: async () => {
      await Promise.all([...tellers.values()].map((teller) => teller.close()))
      telling.close()
      await Promise.all([...hearers.values()].map((hearer) => hearer.close()))
    },
  }
}
