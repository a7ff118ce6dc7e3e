import { describe, expect, it } from 'vitest'
import { createRecent } from '../../../src/core/recent.ts'

describe('recent values', () => {
  it('are remembered as long as they are asked for, whatever else comes', () => {
    const recent = createRecent<string, number>(100)
    recent.set('kept', 1)
    for (let at = 0; at < 10_000; at++) {
      recent.set(`other-${at}`, at)
      expect(recent.get('kept')).toBe(1)
    }
  })

  it('are forgotten after twice the bound of others, so that a flood fills no memory', () => {
    const recent = createRecent<string, number>(100)
    recent.set('lost', 1)
    for (let at = 0; at < 201; at++) recent.set(`other-${at}`, at)
    expect(recent.get('lost')).toBeUndefined()
    const held = Array.from({ length: 201 }, (_, at) => recent.get(`other-${at}`) ?? -1)
    expect(held.filter((value) => value !== -1).length).toBeLessThanOrEqual(200)
  })

  it('are gone when cleared', () => {
    const recent = createRecent<string, number>(2)
    for (const key of ['a', 'b', 'c']) recent.set(key, 1)
    recent.clear()
    expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([undefined, undefined, undefined])
  })
})
