import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../src/core/time.ts'
import { createRandom } from '../../../src/simulate/random.ts'
import { createRhythm, type RhythmSpec } from '../../../src/simulate/rhythm.ts'

const START_MS = Date.UTC(2026, 3, 20) // a Monday

const spec = (changes: Partial<RhythmSpec> = {}): RhythmSpec => ({
  fromMs: START_MS,
  untilMs: START_MS + 28 * DAY_MS,
  zoneHours: 0,
  callsPerDay: 40,
  dayNoise: 0.1,
  activeShare: 1,
  weekend: 1,
  callsPerSession: { median: 10, logSd: 0.5 },
  gapMs: [5_000, 60_000],
  peakToTrough: 1,
  peakHour: 15,
  ...changes,
})

const timesOf = (changes: Partial<RhythmSpec> = {}, seed = 1): number[] => {
  const rhythm = createRhythm(spec(changes), createRandom(seed, 'rhythm'))
  const times: number[] = []
  while (rhythm.nextAtMs() !== Infinity) times.push(rhythm.take().atMs)
  return times
}

describe('the rhythm of an account', () => {
  it('goes forward, within its days, with the volume that was asked for', () => {
    const times = timesOf()
    expect(times).toEqual(times.toSorted((one, other) => one - other))
    expect(times[0]).toBeGreaterThanOrEqual(START_MS)
    expect(times.at(-1)).toBeLessThan(START_MS + 28 * DAY_MS)
    expect(times.length / 28).toBeGreaterThan(36)
    expect(times.length / 28).toBeLessThan(44)
  })

  it('ends every session once, also those that run over midnight', () => {
    const rhythm = createRhythm(spec({ zoneHours: 9 }), createRandom(2, 'rhythm'))
    const open = new Set<number>()
    while (rhythm.nextAtMs() !== Infinity) {
      const { session, last } = rhythm.take()
      open.add(session)
      if (last) open.delete(session)
    }
    expect(open.size).toBe(0)
  })

  it('rests at weekends where it is told to', () => {
    const days = timesOf({ weekend: 0, callsPerSession: { median: 1, logSd: 0 } }).map((atMs) =>
      new Date(atMs).getUTCDay(),
    )
    expect(days.length).toBeGreaterThan(100)
    expect(days.filter((day) => day === 0 || day === 6)).toEqual([])
  })

  it('has its peak at its own local hour, as high as was asked for', () => {
    const hours = Array.from({ length: 24 }, () => 0)
    const single = { median: 1, logSd: 0 }
    for (const atMs of timesOf({
      callsPerDay: 2_000,
      peakToTrough: 5,
      zoneHours: 8,
      callsPerSession: single,
    })) {
      const hour = new Date(atMs + 8 * (DAY_MS / 24)).getUTCHours()
      hours[hour] = (hours[hour] ?? 0) + 1
    }
    const around = (hour: number): number =>
      [-1, 0, 1].reduce((sum, off) => sum + (hours[(hour + off + 24) % 24] ?? 0), 0)
    expect(around(15) / around(3)).toBeGreaterThan(4)
    expect(around(15) / around(3)).toBeLessThan(6)
  })

  it('begins fewer sessions instead of shorter ones where they must be whole', () => {
    const rhythm = createRhythm(
      spec({ callsPerDay: 26, callsPerSession: { median: 40, logSd: 0 }, wholeSessions: true }),
      createRandom(3, 'whole'),
    )
    let calls = 0
    let sessions = 0
    while (rhythm.nextAtMs() !== Infinity) {
      calls++
      if (rhythm.take().last) sessions++
    }
    expect(calls / sessions).toBeGreaterThan(37)
    expect(sessions / 28).toBeGreaterThan(0.35)
    expect(sessions / 28).toBeLessThan(0.95)
  })
})
