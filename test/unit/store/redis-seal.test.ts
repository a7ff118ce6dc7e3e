import { expect, test } from 'vitest'
import { MARK_SHARDS, partOf } from '../../../src/store/redis-detect-keys.ts'
import { createSealing } from '../../../src/store/redis-seal.ts'

test('a sealed text opens in its place, under its key, and as it was', () => {
  const sealing = createSealing(Buffer.alloc(32, 1))
  const sealed = sealing.seal('place', 'a text')
  expect(sealing.open('place', sealed)).toBe('a text')
  expect(sealing.open('other', sealed)).toBeUndefined()
  expect(sealing.open('place', `${sealed}.`)).toBeUndefined()
  expect(sealing.open('place', sealed.slice(1))).toBeUndefined()
  expect(createSealing(Buffer.alloc(32, 2)).open('place', sealed)).toBeUndefined()
  for (const junk of [null, undefined, '', 'short', 5]) {
    expect(sealing.open('place', junk)).toBeUndefined()
  }
  // What is moved from the place into the text is another place.
  expect(sealing.open('place1', sealing.seal('place', '1x').replace('1x', 'x'))).toBeUndefined()
})

test('entities spread over the parts', () => {
  const counts = new Map<number, number>()
  for (let at = 0; at < 16_000; at++) {
    const part = partOf(`org_${at}`, MARK_SHARDS)
    counts.set(part, (counts.get(part) ?? 0) + 1)
  }
  expect(counts.size).toBe(MARK_SHARDS)
  expect(Math.max(...counts.values())).toBeLessThan(1_500)
})
