import { describe, expect, it } from 'vitest'
import { createDecisionIds } from '../../../src/guard/decision-id.ts'

const AT_MS = Date.UTC(2026, 3, 22)

describe('decision ids', () => {
  it('are 26 lower-case digits of Crockford base 32 in the layout of a ULID', () => {
    expect(createDecisionIds()(AT_MS)).toMatch(/^[0-7][0-9a-hjkmnp-tv-z]{25}$/)
  })

  it('carry the time in their first ten digits', () => {
    // The time part of the ULID specification's own example.
    expect(createDecisionIds()(1_469_918_176_385).slice(0, 10)).toBe('01aryz6s41')
  })

  it('sort by time as text', () => {
    const newId = createDecisionIds()
    const ids = [0, 1, 999, AT_MS, AT_MS + 1, 2 ** 41, 2 ** 48 - 1].map(newId)
    expect(ids.toSorted()).toEqual(ids)
  })

  it('strictly rise within one millisecond', () => {
    const newId = createDecisionIds()
    const ids = Array.from({ length: 20_000 }, () => newId(AT_MS))
    expect(ids.toSorted()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('still rise when the clock goes back', () => {
    const newId = createDecisionIds()
    const before = newId(AT_MS)
    expect(newId(AT_MS - 60_000) > before).toBe(true)
  })

  it('do not collide between makers on the same clock', () => {
    const ids = Array.from({ length: 2_000 }, () => createDecisionIds()(AT_MS))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('survive a time that is no time', () => {
    const newId = createDecisionIds()
    for (const bad of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      expect(newId(bad)).toHaveLength(26)
  })
})
