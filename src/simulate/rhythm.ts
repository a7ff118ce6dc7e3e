import { DAY_MS } from '../core/time.ts'
import { gamma, type Random } from './random.ts'

const HOUR_MS = DAY_MS / 24

/** When somebody calls. */
export type RhythmSpec = {
  /** No call before it. */
  readonly fromMs: number
  /** No call from then on. */
  readonly untilMs: number
  /** Hours that local time is ahead of UTC. */
  readonly zoneHours: number
  /** Calls on a middling active day. */
  readonly callsPerDay: number
  /** Standard deviation of the logarithm of a day's volume against that. */
  readonly dayNoise: number
  /** Share of days with any call. */
  readonly activeShare: number
  /** What is left of that share on Saturdays and Sundays. */
  readonly weekend: number
  readonly callsPerSession: { readonly median: number; readonly logSd: number }
  /** Whether only whole sessions are begun, so that a small volume means fewer of them, not shorter ones. */
  readonly wholeSessions?: boolean
  /** Shortest and longest pause inside a session; drawn evenly on a log scale. */
  readonly gapMs: readonly [number, number]
  /** Variation of those pauses instead, about the same middle: sd over mean. */
  readonly gapCv?: number
  /** So many times of day at which sessions begin, the same every day, as jobs of a clock do. */
  readonly timesOfDay?: number
  /** Calls after which a day is over, as a free plan has it. */
  readonly dailyCap?: number
  /** Density of session starts at the best hour over that at the worst; 1 is flat. */
  readonly peakToTrough: number
  /** Local hour of the peak. */
  readonly peakHour: number
  /** Days over which the volume grows to its full size. */
  readonly rampDays?: number
}

/** A planned call: its time, the session it belongs to, and whether it is that session's last. */
export type Beat = { readonly atMs: number; readonly session: number; readonly last: boolean }

/** The calls of one account, planned a day ahead. */
export type Rhythm = {
  nextAtMs(): number
  take(): Beat
}

// A planned call is one number, its offset and its session, so that a day sorts as plain numbers.
const SESSIONS = 4096
const MAX_CALLS_PER_DAY = 50_000

/** Sessions as Poisson arrivals over the hours of a local day, calls inside them by pauses. */
export const createRhythm = (spec: RhythmSpec, random: Random): Rhythm => {
  const zoneMs = spec.zoneHours * HOUR_MS
  const swing = (spec.peakToTrough - 1) / (spec.peakToTrough + 1)
  const left = new Map<number, number>()
  let dayMs = Math.floor((spec.fromMs + zoneMs) / DAY_MS) * DAY_MS - zoneMs
  let baseMs = dayMs
  let planned = new Float64Array(0)
  let at = 0
  let session = 0

  const { gapCv } = spec
  const [shortMs, longMs] = spec.gapMs
  const ratio = longMs / shortMs
  const meanMs = (longMs - shortMs) / Math.log(ratio)
  const pauseMs = (): number =>
    gapCv === undefined
      ? shortMs * ratio ** random.unit()
      : Math.min(DAY_MS / 2, meanMs * gapCv ** 2 * gamma(random, gapCv ** -2))

  const times = Array.from({ length: spec.timesOfDay ?? 0 }, () => random.below(24 * 60))
  let begun = 0

  const startOffset = (): number => {
    const minute = times[begun++ % times.length]
    if (minute !== undefined) return minute * 60_000 + random.unit() * 5_000
    for (;;) {
      const hour = random.unit() * 24
      const density = 1 + swing * Math.cos((2 * Math.PI * (hour - spec.peakHour)) / 24)
      if (random.unit() * (1 + swing) <= density) return hour * HOUR_MS
    }
  }

  const volumeOf = (): number => {
    const weekday = new Date(dayMs + zoneMs).getUTCDay()
    const share = spec.activeShare * (weekday === 0 || weekday === 6 ? spec.weekend : 1)
    if (!random.chance(share)) return 0
    const ramp =
      spec.rampDays === undefined || spec.rampDays === 0
        ? 1
        : Math.min(1, (dayMs - spec.fromMs + DAY_MS) / (spec.rampDays * DAY_MS))
    const wanted = random.logNormal(spec.callsPerDay, spec.dayNoise) * Math.max(0, ramp)
    const whole = Math.floor(wanted)
    return Math.min(
      spec.dailyCap ?? MAX_CALLS_PER_DAY,
      MAX_CALLS_PER_DAY,
      whole + (random.chance(wanted - whole) ? 1 : 0),
    )
  }

  const planDay = (): void => {
    let wanted = volumeOf()
    begun = 0
    const rest = planned.subarray(at).map((beat) => beat + (baseMs - dayMs) * SESSIONS)
    const fresh: number[] = []
    while (wanted > 0) {
      const { median, logSd } = spec.callsPerSession
      const length = Math.max(1, Math.round(random.logNormal(median, logSd)))
      if (spec.wholeSessions === true && wanted < length && !random.chance(wanted / length)) break
      const calls = spec.wholeSessions === true ? length : Math.min(wanted, length)
      const id = session
      session = (session + 1) % SESSIONS
      let offsetMs = startOffset()
      let kept = 0
      for (let call = 0; call < calls; call++) {
        const atMs = dayMs + Math.floor(offsetMs)
        if (atMs >= spec.fromMs && atMs < spec.untilMs) {
          fresh.push(Math.floor(offsetMs) * SESSIONS + id)
          kept++
        }
        offsetMs += pauseMs()
      }
      if (kept > 0) left.set(id, kept)
      wanted -= calls
    }
    baseMs = dayMs
    planned = new Float64Array(rest.length + fresh.length)
    planned.set(rest)
    planned.set(fresh, rest.length)
    planned.sort()
    at = 0
    dayMs += DAY_MS
  }

  const nextAtMs = (): number => {
    for (;;) {
      const beat = planned[at]
      const atMs = beat === undefined ? Infinity : baseMs + Math.floor(beat / SESSIONS)
      // A day that has not been planned yet may hold an earlier call than one that ran over midnight.
      if (atMs < dayMs || dayMs >= spec.untilMs) return atMs
      planDay()
    }
  }

  return {
    nextAtMs,
    take: () => {
      const atMs = nextAtMs()
      const beat = planned[at++] ?? 0
      const id = beat % SESSIONS
      const remaining = (left.get(id) ?? 1) - 1
      if (remaining > 0) left.set(id, remaining)
      else left.delete(id)
      return { atMs, session: id, last: remaining <= 0 }
    },
  }
}
