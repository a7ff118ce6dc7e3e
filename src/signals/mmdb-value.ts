import { isUtf8 } from 'node:buffer'

/** Bytes of a MaxMind DB file that hold values; pointers count from `start`. */
export type MmdbSection = { readonly start: number; readonly end: number }

// City databases nest five deep and hold some 250 values in a record, in eight languages.
const MAX_DEPTH = 16
const MAX_VALUES = 2_000

const POINTER_BASE = [0, 2_048, 526_336, 0]
const SIZE_BASE = [0, 29, 285, 65_821]

/**
 * A check of single values of the MaxMind DB data section (format 2.0: maxmind.github.io/MaxMind-DB):
 * every byte it needs lies inside the section, types and sizes are legal, pointers lead to a value that
 * is no pointer, keys are text, and reading the value visits at most 2,000 values 16 deep. Only what
 * passed may be given to the decoder of the library, which follows any pointer without a limit. The check
 * returns the offset behind the value and throws an Error that says what is wrong.
 */
export const createMmdbValueCheck = (
  bytes: Buffer,
  section: MmdbSection,
): ((offset: number) => number) => {
  const { start, end } = section
  let visited = 0

  const byteAt = (offset: number): number => {
    const byte = offset >= start && offset < end ? bytes[offset] : undefined
    if (byte === undefined) throw new Error('a value reaches beyond the data')
    return byte
  }
  const numberAt = (offset: number, length: number): number => {
    let value = 0
    for (let i = 0; i < length; i++) value = value * 256 + byteAt(offset + i)
    return value
  }
  const skip = (offset: number, length: number): number => {
    if (length > end - offset) throw new Error('a value reaches beyond the data')
    return offset + length
  }
  const skipText = (offset: number, length: number): number => {
    const behind = skip(offset, length)
    for (let i = offset; i < behind; i++) {
      if ((bytes[i] ?? 0) < 0x80) continue
      if (!isUtf8(bytes.subarray(i, behind))) throw new Error('a text is not UTF-8')
      break
    }
    return behind
  }
  const number = (offset: number, length: number, max: number): number => {
    if (length > max) throw new Error('a number is longer than its type')
    return skip(offset, length)
  }
  const exactly = (offset: number, length: number, expected: number): number => {
    if (length !== expected) throw new Error('a number has the wrong length for its type')
    return skip(offset, length)
  }

  const follow = (offset: number, control: number, depth: number, asKey: boolean): number => {
    const extra = (control >> 3) & 3
    const high = extra === 3 ? 0 : (control & 7) * 256 ** (extra + 1)
    const target = start + high + numberAt(offset, extra + 1) + (POINTER_BASE[extra] ?? 0)
    if (byteAt(target) >> 5 === 1) throw new Error('a pointer leads to a pointer')
    value(target, depth, asKey)
    return offset + extra + 1
  }

  const key = (offset: number, depth: number): number => value(offset, depth, true)

  const container = (offset: number, entries: number, depth: number, isMap: boolean): number => {
    if (depth >= MAX_DEPTH) throw new Error('values are nested too deep')
    if (entries > end - offset) throw new Error('a list or map is longer than the data')
    let at = offset
    for (let i = 0; i < entries; i++) {
      at = isMap ? value(key(at, depth), depth + 1, false) : value(at, depth + 1, false)
    }
    return at
  }

  const value = (from: number, depth: number, asKey: boolean): number => {
    if (++visited > MAX_VALUES)
      throw new Error('a record holds too many values to be read on the path')
    const control = byteAt(from)
    let type = control >> 5
    let offset = from + 1
    if (type === 1) return follow(offset, control, depth, asKey)
    if (type === 0) type = byteAt(offset++) + 7
    if (asKey && type !== 2) throw new Error('a key of a map is not text')
    let size = control & 0x1f
    if (size > 28) {
      const extra = size - 28
      size = numberAt(offset, extra) + (SIZE_BASE[extra] ?? 0)
      offset += extra
    }
    switch (type) {
      case 2:
        if (asKey && size === 9 && bytes.toString('latin1', offset, offset + 9) === '__proto__') {
          throw new Error('a key of a map is not allowed')
        }
        return skipText(offset, size)
      case 3:
        return exactly(offset, size, 8)
      case 4:
        return skip(offset, size)
      case 5:
        return number(offset, size, 2)
      case 6:
      case 8:
        return number(offset, size, 4)
      case 7:
        return container(offset, size, depth, true)
      case 9:
        return number(offset, size, 8)
      case 10:
        return number(offset, size, 16)
      case 11:
        return container(offset, size, depth, false)
      case 14:
        if (size > 1) throw new Error('a truth value is neither true nor false')
        return offset
      case 15:
        return exactly(offset, size, 4)
      default:
        throw new Error('a value has an unknown type')
    }
  }

  return (offset) => {
    visited = 0
    return value(offset, 0, false)
  }
}
