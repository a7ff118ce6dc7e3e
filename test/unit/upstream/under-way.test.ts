import { describe, expect, it } from 'vitest'
import { createUnderWay } from '../../../src/upstream/under-way.ts'

describe('calls under way', () => {
  it('are all there until they are removed, and places are used again', () => {
    const underWay = createUnderWay<string>()
    const places = ['a', 'b', 'c'].map((call) => underWay.add(call))
    underWay.remove(places[1] ?? -1)
    expect(underWay.all().toSorted()).toEqual(['a', 'c'])
    expect(underWay.add('d')).toBe(places[1])
    expect(underWay.all().toSorted()).toEqual(['a', 'c', 'd'])
  })

  it('are not lost to a place that is removed twice or was never given', () => {
    const underWay = createUnderWay<string>()
    const place = underWay.add('a')
    underWay.remove(place)
    underWay.remove(place)
    underWay.remove(7)
    expect([underWay.add('b'), underWay.add('c')]).toEqual([place, 1])
    expect(underWay.all().toSorted()).toEqual(['b', 'c'])
  })
})
