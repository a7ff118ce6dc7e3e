import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../src/core/time.ts'
import { formatSeenLine, parseSeenLine } from '../../../src/signals/account-seen-line.ts'
import { createSeenTable, type SeenRow } from '../../../src/signals/account-seen-table.ts'

const DAY = 20_000

describe('the table of sights', () => {
  it('keeps the first sight and counts distinct days', () => {
    const table = createSeenTable(10)
    expect(table.see('a', DAY * DAY_MS + 5_000)).toBe(true)
    expect(table.see('a', DAY * DAY_MS + 6_000)).toBe(false)
    expect(table.see('a', (DAY + 1) * DAY_MS)).toBe(true)
    expect(table.see('a', DAY * DAY_MS)).toBe(false)
    expect(table.row('a')).toMatchObject({
      firstSeenS: (DAY * DAY_MS) / 1000 + 5,
      lastDay: DAY + 1,
      days: 2,
    })
    expect(table.row('b')).toBeUndefined()
  })

  it('takes no further keys once it is full, and keeps counting those it has', () => {
    const table = createSeenTable(2)
    for (const key of ['a', 'b', 'c', 'd']) table.see(key, DAY * DAY_MS)
    expect(table.size).toBe(2)
    expect(table.row('c')).toBeUndefined()
    expect(table.see('b', (DAY + 1) * DAY_MS)).toBe(true)
  })

  it('counts the days after a day like a plain set of days, within 64 days', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 63 }),
        (gaps, back) => {
          const table = createSeenTable(1)
          const days: number[] = []
          let day = DAY
          for (const gap of gaps) {
            day += gap
            days.push(day)
            table.see('k', day * DAY_MS + 1)
          }
          const after = day - back
          expect(table.daysAfter('k', after * DAY_MS)).toBe(
            new Set(days.filter((one) => one > after)).size,
          )
          expect(table.row('k')?.days).toBe(new Set(days).size)
        },
      ),
    )
  })

  it('forgets days across a gap of more than 64', () => {
    const table = createSeenTable(1)
    for (const day of [0, 1, 40, 200]) table.see('k', (DAY + day) * DAY_MS)
    expect(table.daysAfter('k', 0)).toBe(1)
    expect(table.row('k')?.days).toBe(4)
  })

  it('counts days that are told late, in any order, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 80 }), (days) => {
        const table = createSeenTable(1)
        for (const day of days) table.see('k', (DAY + day) * DAY_MS)
        expect(table.row('k')?.days).toBe(new Set(days).size)
        expect(table.daysAfter('k', (DAY - 1) * DAY_MS)).toBe(new Set(days).size)
      }),
    )
    const table = createSeenTable(1)
    table.see('k', (DAY + 64) * DAY_MS)
    expect(table.see('k', DAY * DAY_MS)).toBe(false)
    expect(table.see('k', (DAY + 1) * DAY_MS)).toBe(true)
    expect(table.see('k', (DAY + 1) * DAY_MS)).toBe(false)
  })

  it('lets the later of two rows win', () => {
    const table = createSeenTable(1)
    const row: SeenRow = { key: 'k', firstSeenS: 1, lastDay: 9, days: 3, recent: 7, older: 0 }
    expect(table.restore(row)).toBe(true)
    expect(table.restore({ ...row, lastDay: 8, days: 2 })).toBe(true)
    expect(table.restore({ ...row, key: 'other' })).toBe(false)
    expect(table.row('k')).toEqual(row)
  })

  it('holds many keys and grows for them', () => {
    const table = createSeenTable(20_000)
    for (let n = 0; n < 20_000; n++) table.see(`key ${n}`, (DAY + (n % 7)) * DAY_MS)
    expect(table.size).toBe(20_000)
    expect(table.row('key 19999')?.lastDay).toBe(DAY + (19_999 % 7))
    expect([...table.keys()].length).toBe(20_000)
  })
})

describe('the line of a sight', () => {
  const rows = fc.record({
    key: fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
    firstSeenS: fc.nat({ max: 0xffffffff }),
    lastDay: fc.nat({ max: 0xffff }),
    days: fc.nat({ max: 0xffff }),
    recent: fc.nat({ max: 0xffffffff }),
    older: fc.nat({ max: 0xffffffff }),
  })

  it('brings back what went in', () => {
    fc.assert(
      fc.property(rows, (row) => {
        expect(parseSeenLine(formatSeenLine(row).trimEnd())).toEqual(row)
      }),
    )
  })

  it('is refused when it was cut or when any character of it changed', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.constantFrom('x', '0', ' ', '!'), (row, at, by) => {
        const line = formatSeenLine(row).trimEnd()
        const place = at % line.length
        expect(parseSeenLine(line.slice(0, place))).toBeUndefined()
        fc.pre(line[place] !== by)
        expect(parseSeenLine(line.slice(0, place) + by + line.slice(place + 1))).toBeUndefined()
      }),
    )
    for (const line of ['', ' ', '0', 'a b c', '\u0000'.repeat(50)]) {
      expect(parseSeenLine(line)).toBeUndefined()
    }
  })
})
