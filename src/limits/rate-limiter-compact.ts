import { RateLimiterCompatibleAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../core/seams.ts'
import type { CompactCounters, Family } from './compact-counters.ts'
import type { Fingerprints } from './fingerprint.ts'
import type { Place } from './place.ts'
import { NO_SLOT } from './slots.ts'

/** Options of {@link RateLimiterCompact}; those of the library have its names and units. */
export type RateLimiterCompactOptions = {
  readonly counters: CompactCounters
  readonly fingerprints: Fingerprints
  readonly clock: Clock
  /** Points of a window. */
  readonly points: number
  /** Seconds of a window from its first use; 0 never ends. */
  readonly duration: number
  /** Seconds to block a key that went over; 0 does not. */
  readonly blockDuration?: number
  readonly keyPrefix?: string
}

/** A window of this length counts as never ending: 285,000 years. */
const ENDLESS_MS = 2 ** 53 - 2 ** 43

const secondsToMs = (seconds: number): number => (seconds > 0 ? seconds * 1000 : ENDLESS_MS)

/**
 * The counters under the interface of rate-limiter-flexible, with the answers of its memory limiter
 * (over the limit rejects with a `RateLimiterRes` and counts nevertheless) but without its timers: a
 * window may be as long as one likes, and many limiters share one capped store. Meant as the insurance
 * of the library's Redis limiters, which set `blockDuration` and `execEvenly`; `execEvenly` is ignored,
 * since nothing is ever delayed here.
 */
export class RateLimiterCompact extends RateLimiterCompatibleAbstract {
  override readonly keyPrefix: string
  override blockDuration: number
  override execEvenly = false
  readonly points: number
  readonly duration: number
  readonly #counters: CompactCounters
  readonly #clock: Clock
  readonly #salt: Family['salt']

  constructor(options: RateLimiterCompactOptions) {
    super()
    this.keyPrefix = options.keyPrefix ?? 'rlflx'
    this.blockDuration = options.blockDuration ?? 0
    this.points = options.points
    this.duration = options.duration
    this.#counters = options.counters
    this.#clock = options.clock
    this.#salt = options.fingerprints.salt(JSON.stringify(['rate-limiter', this.keyPrefix]))
  }

  override async consume(
    key: string | number,
    pointsToConsume = 1,
    options: { readonly customDuration?: number } = {},
  ): Promise<RateLimiterRes> {
    const res = this.#add(key, pointsToConsume, options.customDuration)
    if (res.consumedPoints <= this.points) return res
    const crossed = res.consumedPoints <= this.points + pointsToConsume
    let over = res
    if (this.blockDuration > 0 && crossed) {
      this.#put(key, res.consumedPoints, this.blockDuration)
      over = new RateLimiterRes(0, this.blockDuration * 1000, res.consumedPoints, true)
    }
    // The interface demands that being over the limit rejects, and with this very object.
    // oxlint-disable-next-line typescript/only-throw-error
    throw over
  }

  override async penalty(
    key: string | number,
    points = 1,
    options: { readonly customDuration?: number } = {},
  ): Promise<RateLimiterRes> {
    return this.#add(key, points, options.customDuration)
  }

  override async reward(
    key: string | number,
    points = 1,
    options: { readonly customDuration?: number } = {},
  ): Promise<RateLimiterRes> {
    return this.#add(key, -points, options.customDuration)
  }

  override async block(key: string | number, secDuration: number): Promise<RateLimiterRes> {
    return this.#put(key, this.points + 1, secDuration)
  }

  override async set(
    key: string | number,
    points: number,
    secDuration = this.duration,
  ): Promise<RateLimiterRes> {
    return this.#put(key, points, secDuration)
  }

  // The library says "nothing there" with null.
  override async get(key: string | number): Promise<RateLimiterRes | null> {
    const nowMs = this.#clock.now()
    const place = this.#find(key, nowMs)
    const { used, expiresMs } = this.#counters.reading(place)
    return expiresMs > nowMs ? this.#res(used, expiresMs - nowMs, false) : null
  }

  override async delete(key: string | number): Promise<boolean> {
    const nowMs = this.#clock.now()
    const place = this.#find(key, nowMs)
    const lived = this.#counters.reading(place).expiresMs > nowMs
    this.#counters.forget(place)
    return lived
  }

  #find(key: string | number, nowMs: number): Place {
    const place = { hi: 0, lo: 0, slot: NO_SLOT }
    this.#counters.makeRoom(1, nowMs)
    if (!this.#counters.locate(this.#family(0), String(key), 0, place)) {
      throw new Error('no counter is free')
    }
    return place
  }

  #family(lengthMs: number): Family {
    return { window: { align: 'first_use', lengthMs }, salt: this.#salt }
  }

  #add(key: string | number, points: number, customSeconds = -1): RateLimiterRes {
    const nowMs = this.#clock.now()
    const place = this.#find(key, nowMs)
    const leftMs = this.#counters.reading(place).expiresMs - nowMs
    // A running window keeps its end, whatever duration is asked for.
    const seconds = customSeconds >= 0 ? customSeconds : this.duration
    const family = this.#family(leftMs > 0 ? leftMs : secondsToMs(seconds))
    const expiresMs = this.#counters.charge(family, place, points, nowMs)
    return this.#res(this.#counters.reading(place).used, expiresMs - nowMs, leftMs <= 0)
  }

  /** Starts a window of its own with so many points used, whatever was there. */
  #put(key: string | number, points: number, seconds: number): RateLimiterRes {
    const nowMs = this.#clock.now()
    const place = this.#find(key, nowMs)
    this.#counters.forget(place)
    this.#counters.charge(this.#family(secondsToMs(seconds)), place, points, nowMs)
    return new RateLimiterRes(0, seconds > 0 ? seconds * 1000 : -1, points, false)
  }

  #res(consumed: number, leftMs: number, first: boolean): RateLimiterRes {
    const remaining = Math.max(this.points - consumed, 0)
    return new RateLimiterRes(remaining, leftMs > ENDLESS_MS / 2 ? -1 : leftMs, consumed, first)
  }
}
