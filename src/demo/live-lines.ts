import { styleText } from 'node:util'
import type { CallEvent } from '../core/event.ts'
import type { Sink } from '../core/seams.ts'
import { formatDuration } from '../core/time.ts'

const COLOURS = {
  allow: 'green',
  throttle: 'yellow',
  challenge: 'yellow',
  deny: 'red',
  none: 'red',
} as const

const reasonOf = ({ ruling, fault }: CallEvent): string => {
  if (fault !== undefined) return fault
  const refused = ruling?.admission?.admitted === false ? ruling.admission : undefined
  if (refused !== undefined) {
    const { limit, quota, counted } = refused.refusedBy
    return `limit ${limit}: ${quota} ${counted.replace('_', ' ')}, again in ${formatDuration(refused.retryAfterMs)}`
  }
  const { rule, why, tier, score, challenge, cleared = [] } = ruling?.decision ?? {}
  const asked = challenge === undefined ? '' : ` asks for ${challenge.kind}`
  if (rule !== undefined) return `rule ${rule}${asked}${why === undefined ? '' : `: ${why}`}`
  const passed = cleared.length === 0 ? '' : `, has passed the challenge of ${cleared.join(', ')}`
  return `tier ${tier ?? '?'}, risk ${score ?? 0}${passed}`
}

/** One line for a person: when, verdict, who, from where, what, and why. */
export const liveLine = (event: CallEvent): string => {
  const verdict = event.ruling?.verdict ?? 'none'
  const time = new Date(event.arrival.atMs).toISOString().slice(11, 19)
  const account = event.facts?.known('account.id') ?? '(unknown key)'
  const country = event.facts?.known('ip.country') ?? '??'
  const columns = [
    time,
    styleText(COLOURS[verdict], verdict.padEnd(9)),
    String(event.status).padEnd(3),
    account.slice(0, 14).padEnd(14),
    country.padEnd(2),
    (event.call?.ask.model ?? '').slice(0, 12).padEnd(12),
    `${event.totalMs.toFixed(0)} ms`.padStart(7),
  ]
  return `${columns.join('  ')}  ${reasonOf(event)}`
}

/** A sink that prints every call as it ends. */
export const createLiveLines = (print: (line: string) => void): Sink => ({
  name: 'live',
  accept: (event) => print(liveLine(event)),
  close: () => Promise.resolve(),
})
