import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createDistinctSets,
  DISTINCT_CAP,
  DISTINCT_KIND,
  KINDS,
} from '../../../src/signals/velocity-distinct.ts'
import { createTextHash } from '../../../src/signals/velocity-hash.ts'
import { createRowTable, ROW_HEAD_WORDS } from '../../../src/signals/velocity-table.ts'
import {
  addToWindows,
  readWindows,
  rollWindows,
  WINDOW_WORDS,
} from '../../../src/signals/velocity-windows.ts'

const START_S = 1_776_816_000

const aRing = () => {
  const page = new Uint32Array(WINDOW_WORDS)
  let newestS = START_S
  return {
    add: (atS: number, tokens = 0) => {
      const next = Math.max(newestS, atS)
      rollWindows(page, 0, newestS, next)
      newestS = next
      addToWindows(page, 0, newestS, { atS, requests: 1, tokens })
    },
    read: (nowS: number): number[] => {
      const out = [0, 0, 0, 0, 0, 0]
      readWindows(page, 0, newestS, nowS, out)
      return out
    },
  }
}

describe('windows', () => {
  it('count calls and tokens and forget them with the window', () => {
    const ring = aRing()
    ring.add(START_S, 100)
    ring.add(START_S + 5, 50)
    expect(ring.read(START_S + 6)).toEqual([2, 150, 2, 150, 2, 150])
    expect(ring.read(START_S + 76)).toEqual([0, 0, 2, 150, 2, 150])
    expect(ring.read(START_S + 3_600 + 600)).toEqual([0, 0, 0, 0, 2, 150])
    expect(ring.read(START_S + 86_400 + 14_400)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('count a call that is recorded late where it arrived', () => {
    const ring = aRing()
    ring.add(START_S + 7_200)
    ring.add(START_S)
    expect(ring.read(START_S + 7_200)).toEqual([1, 0, 1, 0, 2, 0])
  })

  it('stop at the largest count instead of starting over', () => {
    const ring = aRing()
    ring.add(START_S, 2 ** 32)
    ring.add(START_S, 2 ** 32)
    expect(ring.read(START_S)[1]).toBe(2 ** 32 - 1)
  })

  it('stay between the exact counts of the window and of the window and one cell', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 30, maxLength: 60 })
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 50_000 }), (gaps, after) => {
        const ring = aRing()
        const times: number[] = []
        let atS = START_S
        for (const gap of gaps) {
          atS += gap
          times.push(atS)
          ring.add(atS)
        }
        const nowS = atS + after
        const counts = ring.read(nowS)
        const within = (seconds: number) => times.filter((time) => time > nowS - seconds).length
        const spans = [
          [60, 15],
          [3_600, 600],
          [86_400, 14_400],
        ] as const
        spans.forEach(([span, cell], i) => {
          const count = counts[i * 2] ?? -1
          expect(count).toBeGreaterThanOrEqual(within(span - cell))
          expect(count).toBeLessThanOrEqual(within(span + cell))
        })
      }),
    )
  })
})

describe('distinct sets', () => {
  const out = new Int32Array(2 * KINDS)
  const { network, asn } = DISTINCT_KIND

  it('count values by kind, of the hour and of the day', () => {
    const sets = createDistinctSets({ maxBlocks: 10 })
    let head = sets.note(0, network, 7, START_S)
    head = sets.note(head, network, 8, START_S + 4_000)
    head = sets.note(head, network, 8, START_S + 4_001)
    head = sets.note(head, asn, 8, START_S + 4_001)
    sets.count(head, START_S + 4_002, out)
    expect([out[network], out[asn], out[KINDS + network], out[KINDS + asn]]).toEqual([2, 1, 1, 1])
    sets.count(head, START_S + 200_000, out)
    expect([...out].every((count) => count === 0)).toBe(true)
  })

  it('count exactly up to the cap, keep the latest beyond it and take no more memory', () => {
    const sets = createDistinctSets({ maxBlocks: 1_000 })
    let head = 0
    for (let i = 0; i < 1_000; i++) head = sets.note(head, network, i, START_S + i * 20)
    sets.count(head, START_S + 20_000, out)
    expect(out[network]).toBe(DISTINCT_CAP)
    expect(out[KINDS + network]).toBe(DISTINCT_CAP)
    expect(sets.blocks).toBeLessThanOrEqual(Math.ceil(DISTINCT_CAP / 3) + 1)
  })

  it('use the place of what is a day old', () => {
    const sets = createDistinctSets({ maxBlocks: 1_000 })
    let head = 0
    for (let day = 0; day < 30; day++) {
      for (let i = 0; i < 3; i++) {
        head = sets.note(head, network, day * 3 + i, START_S + day * 90_000)
      }
    }
    expect(sets.blocks).toBe(1)
  })

  it('go on within the memory they have when the pool is empty', () => {
    const sets = createDistinctSets({ maxBlocks: 1 })
    let head = 0
    for (let i = 0; i < 50; i++) head = sets.note(head, network, i, START_S + i)
    expect(sets.note(0, network, 1, START_S)).toBe(0)
    sets.count(head, START_S + 50, out)
    expect(out[network]).toBe(3)
    sets.free(head)
    expect(sets.blocks).toBe(0)
    expect(sets.note(0, network, 1, START_S)).not.toBe(0)
  })
})

describe('the table of rows', () => {
  it('finds what it holds and never more, through any evictions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 100, maxLength: 400 }),
        (keys) => {
          const hash = createTextHash(1)
          const table = createRowTable({
            capacity: 20,
            words: ROW_HEAD_WORDS + 1,
            onEvict: () => {},
          })
          const values = new Map<number, string>()
          keys.forEach((key, i) => {
            const row = table.claim(hash(`key-${key}`), START_S + i)
            table.page(row)[table.at(row) + 2] = START_S + i
            table.page(row)[table.at(row) + ROW_HEAD_WORDS] = key
            values.set(row, `key-${key}`)
          })
          expect(table.size).toBeLessThanOrEqual(20)
          const held = new Set(values.values())
          for (const [row, key] of values) {
            expect(table.find(hash(key))).toBe(row)
            expect(table.page(row)[table.at(row) + ROW_HEAD_WORDS]).toBe(Number(key.slice(4)))
          }
          for (let key = 0; key <= 60; key++) {
            if (!held.has(`key-${key}`)) expect(table.find(hash(`key-${key}`))).toBe(-1)
          }
        },
      ),
    )
  })

  it('gives up idle rows before busy ones', () => {
    const hash = createTextHash(1)
    const table = createRowTable({ capacity: 8, words: ROW_HEAD_WORDS, onEvict: () => {} })
    for (let i = 0; i < 8; i++) table.claim(hash(`key-${i}`), START_S + (i === 5 ? 0 : 100))
    table.claim(hash('new'), START_S + 200)
    expect(table.find(hash('key-5'))).toBe(-1)
    expect(table.evicted).toBe(1)
  })
})

describe('the hash of texts', () => {
  it('spreads alike texts without a collision and differs with its seed', () => {
    const hash = createTextHash(7)
    const seen = new Set<string>()
    const lows = new Set<number>()
    for (let i = 0; i < 100_000; i++) {
      const { high, low } = hash(`acct_${i}`)
      seen.add(`${high}.${low}`)
      lows.add(low)
    }
    expect(seen.size).toBe(100_000)
    // Of 100,000 values of 32 bits one or two pairs collide by chance.
    expect(lows.size).toBeGreaterThan(99_980)
    const first = hash('acct_1').low
    expect(createTextHash(8)('acct_1').low).not.toBe(first)
  })
})
