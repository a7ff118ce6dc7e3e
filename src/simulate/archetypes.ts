import type { RhythmSpec } from './rhythm.ts'

/** What kinds of honest customers there are. */
export const ARCHETYPES = ['agent', 'chat', 'app', 'idle', 'batch', 'seat'] as const

/** One of {@link ARCHETYPES}. */
export type Archetype = (typeof ARCHETYPES)[number]

/** Share of each among accounts: interactive coding agents come most. */
export const ARCHETYPE_SHARES: { readonly [kind in Archetype]: number } = {
  agent: 0.35,
  chat: 0.2,
  app: 0.2,
  idle: 0.15,
  batch: 0.05,
  seat: 0.05,
}

/** How one kind works. */
export type Habits = Pick<
  RhythmSpec,
  'weekend' | 'callsPerSession' | 'gapMs' | 'peakToTrough' | 'peakHour'
> & {
  /** Calls on a middling active day: median over accounts, and the standard deviation of its logarithm. */
  readonly callsPerDay: readonly [median: number, logSd: number]
  /** Shapes of the Beta that the share of active days is drawn from. */
  readonly active: readonly [alpha: number, beta: number]
}

const PAUSE_MS = [5_000, 60_000] as const

/**
 * Volumes, activity and sessions of each kind. Between accounts volumes spread by a log-sd of 1 to 2 (API
 * clients of the ServeGen traces: 2.2 to 3.5), days of one account by 0.8 more; pauses inside a session are
 * 5 to 60 s; agents have a strong day and night, programs a weak one.
 */
export const HABITS: { readonly [kind in Archetype]: Habits } = {
  agent: {
    callsPerDay: [40, 1],
    active: [0.8, 1.2],
    weekend: 0.45,
    callsPerSession: { median: 25, logSd: 0.9 },
    gapMs: PAUSE_MS,
    peakToTrough: 5.5,
    peakHour: 15,
  },
  chat: {
    callsPerDay: [6, 1.2],
    active: [0.8, 1.2],
    weekend: 0.8,
    callsPerSession: { median: 2.5, logSd: 0.7 },
    gapMs: PAUSE_MS,
    peakToTrough: 4,
    peakHour: 19,
  },
  app: {
    callsPerDay: [60, 2],
    active: [2, 0.8],
    weekend: 0.85,
    callsPerSession: { median: 2, logSd: 1 },
    gapMs: [800, 30_000],
    peakToTrough: 1.75,
    peakHour: 14,
  },
  idle: {
    callsPerDay: [5, 1],
    active: [0.3, 3],
    weekend: 0.8,
    callsPerSession: { median: 4, logSd: 0.7 },
    gapMs: PAUSE_MS,
    peakToTrough: 3,
    peakHour: 17,
  },
  batch: {
    callsPerDay: [2_000, 1.5],
    active: [0.8, 1.2],
    weekend: 0.9,
    callsPerSession: { median: 150, logSd: 1.2 },
    gapMs: [200, 5_000],
    peakToTrough: 1.3,
    peakHour: 3,
  },
  seat: {
    callsPerDay: [40, 1],
    active: [1.6, 1.2],
    weekend: 0.15,
    callsPerSession: { median: 25, logSd: 0.9 },
    gapMs: PAUSE_MS,
    peakToTrough: 6,
    peakHour: 14,
  },
}

/** Standard deviation of the logarithm of a day's volume against the account's own median. */
export const DAY_NOISE = 0.8
