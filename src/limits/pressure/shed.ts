import type { Call } from '../../core/call.ts'
import type { Decision, Shed } from '../../core/decision.ts'
import type { Facts } from '../../core/facts.ts'
import type { Sink } from '../../core/seams.ts'
import { createRecent } from '../../core/recent.ts'
import { INCREASE_PER_S } from './law.ts'
import {
  createStandings,
  partLetThrough,
  shareForAll,
  type Standing,
  type Standings,
} from './shed-standing.ts'
import { createTurns, type Turns } from './shed-turns.ts'

/** Turns calls away for the sake of better proven ones. */
export type Shedder = {
  /** Why a call is turned away; `undefined` lets it through. */
  readonly shed: (call: Call, decision: Decision, facts: Facts) => Shed | undefined
  /** Hears of calls that a limit refused after all: they are no demand on the upstream. */
  readonly sink: Sink
}

/** What is kept of one upstream. */
type Upstream = {
  readonly standings: Standings
  /** By trust factor. */
  readonly turns: Map<number, Turns>
}

const MAX_UPSTREAMS = 256
/** Policies that are reloaded with ever new factors must not fill the memory. */
const MAX_FACTORS = 256
/** Turned-away callers remembered; about 100 bytes each. */
const MAX_WAITING = 10_000
const MIN_WAIT_MS = 1_000
const MAX_WAIT_MS = 60_000
/** A wait is stretched by up to this part of it, so that those who were turned away come back one by one. */
const JITTER = 0.25

/** When a caller who has no place to come back to may return. */
const NEVER_MS = Number.POSITIVE_INFINITY

/** Until the share has grown to what lets all of this standing through, stretched a little. */
const waitMs = (standing: Standing, share: number, spread: number): number => {
  const growth = Math.max(0, shareForAll(standing) - share)
  const ms = (growth / INCREASE_PER_S) * 1_000 * (1 + JITTER * spread)
  // NaN and the like must not reach a header.
  return ms > MIN_WAIT_MS ? Math.min(MAX_WAIT_MS, Math.ceil(ms)) : MIN_WAIT_MS
}

/** Made-up credentials share the place of their network, or a flood of them would take everybody's. */
const callerOf = (call: Call, facts: Facts): string =>
  facts.known('account.id') ?? call.caller.network

/**
 * Turns calls away while their upstream is under pressure, the least proven first: of what was offered
 * lately the upstream may be given 1 minus its pressure, and the tiers share that by their trust factor,
 * the highest first. Within the tier at the edge a part passes, in turns, and whoever was turned away and
 * waited as told goes first. Calls that cost the upstream nothing always pass.
 *
 * The pressure is the fact `upstream.pressure`, so that the decision of the policy and this one go by the
 * same number; unknown sheds nothing. What the limits refuse counts only until its event is heard, some
 * milliseconds later, so that a flood they stop does not make the better proven look few.
 */
export const createShedder = (options: {
  /** Id of the upstream that would serve a call. */
  readonly upstreamOf: (call: Call) => string | undefined
}): Shedder => {
  const upstreams = new Map<string, Upstream>()
  const waiting = createRecent<string, number>(MAX_WAITING)

  const partsOf = (upstream: string): Upstream | undefined => {
    const known = upstreams.get(upstream)
    if (known !== undefined || upstreams.size >= MAX_UPSTREAMS) return known
    const made = { standings: createStandings(), turns: new Map<number, Turns>() }
    upstreams.set(upstream, made)
    return made
  }

  const turnsOf = ({ turns }: Upstream, factor: number): Turns => {
    const known = turns.get(factor)
    if (known !== undefined) return known
    if (turns.size >= MAX_FACTORS) turns.clear()
    const made = createTurns()
    turns.set(factor, made)
    return made
  }

  const shed: Shedder['shed'] = (call, { factor }, facts) => {
    if (call.route.metering === 'request') return undefined
    const upstream = options.upstreamOf(call)
    const parts = upstream === undefined ? undefined : partsOf(upstream)
    if (upstream === undefined || parts === undefined) return undefined
    const standing = parts.standings.offer(factor, call.atMs)
    const pressure = facts.known('upstream.pressure') ?? 0
    if (!(pressure > 0)) return undefined

    const share = Math.max(0, 1 - pressure)
    const caller = callerOf(call, facts)
    const mayReturnMs = waiting.get(caller)
    const waited = mayReturnMs !== undefined && call.atMs >= mayReturnMs
    const turns = turnsOf(parts, factor)
    if (turns.passes(partLetThrough(standing, share), waited)) {
      if (waited) waiting.set(caller, NEVER_MS)
      return undefined
    }
    const retryAfterMs = waitMs(standing, share, turns.spread())
    // Who comes back too early neither loses nor gains a place.
    if (mayReturnMs === undefined || waited || mayReturnMs === NEVER_MS) {
      waiting.set(caller, call.atMs + retryAfterMs)
    }
    return { upstream, pressure, retryAfterMs }
  }
  return {
    shed,
    sink: {
      name: 'shed',
      accept: ({ call, ruling }) => {
        if (call === undefined || ruling?.admission?.admitted !== false) return
        const upstream = options.upstreamOf(call)
        const parts = upstream === undefined ? undefined : upstreams.get(upstream)
        parts?.standings.takeBack(ruling.decision.factor)
      },
      close: () => Promise.resolve(),
    },
  }
}
