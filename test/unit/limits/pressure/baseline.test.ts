import { describe, expect, it } from 'vitest'
import { createBaselines } from '../../../../src/limits/pressure/baseline.ts'

/** Baselines that have heard a class answer in `usualMs` for a minute, ten times a second. */
const learned = (usualMs: number, name = 'm') => {
  const baselines = createBaselines()
  for (let atMs = 0; atMs < 60_000; atMs += 100) baselines.judge(name, usualMs, atMs)
  return baselines
}

describe('what is usual for a first byte', () => {
  it('is learned before anything is judged', () => {
    const baselines = createBaselines()
    const judged = Array.from({ length: 33 }, (_, at) => baselines.judge('m', 300, at * 1_000))
    expect(judged.slice(0, 32).every((slow) => slow === undefined)).toBe(true)
    expect(judged[32]).toBe(false)
  })

  it('is thrice as long and a tenth of a second later where it is slow', () => {
    const baselines = learned(300)
    expect(baselines.judge('m', 850, 60_000)).toBe(false)
    expect(baselines.judge('m', 950, 60_000)).toBe(true)
    const quick = learned(5)
    expect(quick.judge('m', 90, 60_000)).toBe(false)
    expect(quick.judge('m', 120, 60_000)).toBe(true)
  })

  it('is each class’s own: a slow model among quick ones is as usual', () => {
    const baselines = learned(100, 'quick')
    for (let atMs = 0; atMs < 60_000; atMs += 100) baselines.judge('thinking', 20_000, atMs)
    expect(baselines.judge('thinking', 25_000, 60_000)).toBe(false)
    expect(baselines.judge('quick', 25_000, 60_000)).toBe(true)
  })

  it('follows a lasting change within minutes, and no burst however large', () => {
    const baselines = learned(200)
    for (let call = 0; call < 100_000; call++) baselines.judge('m', 2_000, 60_000)
    expect(baselines.judge('m', 2_000, 60_100)).toBe(true)
    let atMs = 60_000
    while (baselines.judge('m', 1_000, atMs) === true) atMs += 100
    expect(atMs).toBeGreaterThan(60_000 + 5 * 60_000)
    expect(atMs).toBeLessThan(60_000 + 30 * 60_000)
  })

  it('is hardly moved by a night of silence', () => {
    const baselines = learned(200)
    baselines.judge('m', 100_000, 8 * 3_600_000)
    expect(baselines.judge('m', 650, 8 * 3_600_000 + 1)).toBe(true)
  })

  it('makes of a wait in vain what can be made of it', () => {
    const baselines = learned(300)
    expect(baselines.waitedTooLong('m', 500)).toBeUndefined()
    expect(baselines.waitedTooLong('m', 5_000)).toBe(true)
    expect(baselines.waitedTooLong('never seen', 5_000)).toBeUndefined()
  })

  it('keeps what is in use when callers make up names, and makes room after ten idle minutes', () => {
    const baselines = learned(200)
    for (let name = 0; name < 1_000; name++) baselines.judge(`made-up-${name}`, 200, 60_000)
    expect(baselines.judge('m', 2_000, 60_100)).toBe(true)
    expect(baselines.waitedTooLong('made-up-999', 90_000)).toBeUndefined()
    for (let call = 0; call < 33; call++) baselines.judge('new', 200, 800_000)
    expect(baselines.judge('new', 200, 800_000)).toBe(false)
  })
})
