import { ofWindowKind, windowKind } from '../core/ledger-form.ts'
import { LedgerFailure, type Brought, type Correction, type Holding } from '../core/ledger.ts'

const CORRECTION_NUMBERS = 6
const HOLDING_NUMBERS = 3
const BROUGHT_NUMBERS = 5

/** Rows of numbers, each row in turn. */
const pack = <T>(
  rows: readonly T[],
  width: number,
  numbersOf: (row: T) => readonly number[],
): Float64Array => {
  const packed = new Float64Array(rows.length * width)
  rows.forEach((row, at) => packed.set(numbersOf(row), at * width))
  return packed
}

const unpack = <T>(
  packed: Float64Array,
  width: number,
  rowOf: (number: (offset: number) => number) => T,
): T[] => {
  if (packed.length % width !== 0) throw new LedgerFailure('nonsense', 'not whole rows of numbers')
  const rows: T[] = []
  for (let at = 0; at < packed.length; at += width) {
    rows.push(
      rowOf((offset) => {
        const number = packed[at + offset]
        if (number !== undefined && Number.isSafeInteger(number)) return number
        throw new LedgerFailure('nonsense', 'not a whole number')
      }),
    )
  }
  return rows
}

/** Corrections as doubles, six each: `hi`, `lo`, align or 3 for running calls, window in ms, end, delta. */
export const packCorrections = (corrections: readonly Correction[]): Float64Array =>
  pack(corrections, CORRECTION_NUMBERS, (correction) => [
    correction.hi,
    correction.lo,
    windowKind(correction),
    correction.window.lengthMs,
    correction.expiresMs,
    correction.delta,
  ])

/** The corrections again. Throws `nonsense` for numbers that are none. */
export const unpackCorrections = (packed: Float64Array): readonly Correction[] =>
  unpack(packed, CORRECTION_NUMBERS, (number) => ({
    hi: number(0),
    lo: number(1),
    ...ofWindowKind(number(2), number(3)),
    expiresMs: number(4),
    delta: number(5),
  }))

/** Holdings as doubles, three each: `hi`, `lo`, running. */
export const packHoldings = (holdings: readonly Holding[]): Float64Array =>
  pack(holdings, HOLDING_NUMBERS, ({ hi, lo, running }) => [hi, lo, running])

/** The holdings again. Throws `nonsense` for numbers that are none. */
export const unpackHoldings = (packed: Float64Array): readonly Holding[] =>
  unpack(packed, HOLDING_NUMBERS, (number) => {
    const running = number(2)
    if (running < 0) throw new LedgerFailure('nonsense', 'less than no calls')
    return { hi: number(0), lo: number(1), running }
  })

/** What was counted elsewhere as doubles, five each: `hi`, `lo`, used, previous, end. */
export const packBrought = (counters: readonly Brought[]): Float64Array =>
  pack(counters, BROUGHT_NUMBERS, ({ hi, lo, used, previous, expiresMs }) => [
    hi,
    lo,
    used,
    previous,
    expiresMs,
  ])

/** It again. Throws `nonsense` for numbers that are none. */
export const unpackBrought = (packed: Float64Array): readonly Brought[] =>
  unpack(packed, BROUGHT_NUMBERS, (number) => ({
    hi: number(0),
    lo: number(1),
    used: number(2),
    previous: number(3),
    expiresMs: number(4),
  }))
