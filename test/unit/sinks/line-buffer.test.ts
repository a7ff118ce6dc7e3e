import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineBuffer } from '../../../src/sinks/line-buffer.ts'

describe('a line buffer', () => {
  it('gives back every byte in order, however it is emptied', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((text) => text.replace(/\n/g, ''))
    fc.assert(
      fc.property(fc.array(line, { maxLength: 200 }), fc.array(fc.nat(5)), (lines, cuts) => {
        const buffer = createLineBuffer()
        const got: Buffer[] = []
        for (const [at, text] of lines.entries()) {
          buffer.push(text)
          if (at % 7 !== 0) continue
          const { bytes } = buffer.peek() ?? { bytes: Buffer.alloc(0) }
          // Up to the end of some line, as after a write that came to an early end.
          let end = 0
          for (let n = cuts[at % 5] ?? 0; n > 0; n--) end = bytes.indexOf(0x0a, end) + 1 || end
          got.push(Buffer.from(bytes.subarray(0, end)))
          buffer.drop(end)
        }
        for (let rest = buffer.peek(); rest !== undefined; rest = buffer.peek()) {
          got.push(Buffer.from(rest.bytes))
          buffer.drop(rest.bytes.length)
        }
        expect(Buffer.concat(got).toString()).toBe(lines.map((text) => `${text}\n`).join(''))
        expect(buffer.sizeBytes).toBe(0)
        expect(buffer.lines).toBe(0)
      }),
    )
  })

  it('counts the lines it holds while some are taken', () => {
    const buffer = createLineBuffer()
    for (const text of ['a', 'bb', 'ccc']) buffer.push(text)
    expect(buffer.lines).toBe(3)
    buffer.drop(2)
    expect(buffer.lines).toBe(2)
    expect(buffer.sizeBytes).toBe(7)
    expect(buffer.peek()?.bytes.toString()).toBe('bb\nccc\n')
  })

  it('takes a line longer than a chunk', () => {
    const buffer = createLineBuffer()
    buffer.push('a')
    buffer.push('é'.repeat(200_000))
    expect(buffer.sizeBytes).toBe(2 + 400_001)
  })
})
