import type { CallEvent } from '../../core/event.ts'
import { FAULTS } from '../../core/fault.ts'
import type { Baselines } from './baseline.ts'
import type { Outcome } from './window.ts'

const TOO_MANY_REQUESTS = 429
/** An upstream that does not know how to do something is not tired. */
const NOT_IMPLEMENTED = 501
/** Refused for its credential, which costs an upstream nothing and says nothing of how it is doing. */
const TURNED_AWAY: ReadonlySet<number> = new Set([401, 403])

const isRefused = ({ upstreamStatus, fault }: CallEvent): boolean => {
  if (fault !== undefined && FAULTS[fault].source === 'upstream') return true
  // 529 is Anthropic's word for overloaded, and a 5xx like the others here.
  return (
    upstreamStatus === TOO_MANY_REQUESTS ||
    (upstreamStatus !== undefined && upstreamStatus >= 500 && upstreamStatus !== NOT_IMPLEMENTED)
  )
}

/** What the guard itself took before it asked the upstream. */
const ownMs = ({ verbMs: { read, enrich, decide, admit } }: CallEvent): number =>
  (read ?? 0) + (enrich ?? 0) + (decide ?? 0) + (admit ?? 0)

const slownessOf = (event: CallEvent, baselines: Baselines, nowMs: number): boolean | undefined => {
  const { call, upstreamStatus, firstByteMs, outcome, totalMs } = event
  if (call === undefined) return undefined
  // A stream answers with its first token, a plain call with its last: not the same wait.
  const name = `${call.ask.stream ? 's' : 'p'} ${call.ask.model ?? ''}`
  if (upstreamStatus !== undefined && upstreamStatus < 300 && firstByteMs !== undefined) {
    return baselines.judge(name, Math.max(0, firstByteMs - ownMs(event)), nowMs)
  }
  // Who left in vain says that it took at least that long, which counts only where it was too long.
  if (outcome === 'client_gone' && upstreamStatus === undefined) {
    return baselines.waitedTooLong(name, totalMs - ownMs(event))
  }
  return undefined
}

/**
 * What an event tells of its upstream; `undefined` where it tells nothing: the upstream was not asked, the
 * call costs it nothing or was refused for its credential, or the caller left before it could be known how it was doing.
 */
export const outcomeOf = (
  event: CallEvent,
  baselines: Baselines,
  nowMs: number,
): Outcome | undefined => {
  const { call, facts, upstream } = event
  if (call === undefined || upstream === undefined || call.route.metering === 'request') {
    return undefined
  }
  if (event.upstreamStatus !== undefined && TURNED_AWAY.has(event.upstreamStatus)) return undefined
  const refused = isRefused(event)
  const slow = refused ? undefined : slownessOf(event, baselines, nowMs)
  if (!refused && slow === undefined && event.upstreamStatus === undefined) return undefined
  return {
    letInMs: call.atMs,
    caller: facts?.known('account.id') ?? call.credential?.id ?? call.caller.network,
    refused,
    slow,
  }
}
