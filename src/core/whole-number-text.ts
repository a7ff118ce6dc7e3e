const INT32 = 2 ** 31
const LOW = 1e8

/**
 * Decimal digits of a whole number from 0 to 2^53 - 1. V8 keeps the text of every number it has printed,
 * and those above 31 bits in the old generation: counters of large budgets, never twice the same, would
 * fill it call by call (3 us a call in page faults and conversions). Their digits are put together from
 * two numbers of 31 bits, which are cheap to print.
 */
export const wholeNumberText = (value: number): string => {
  if (value < INT32) return `${value}`
  const high = Math.floor(value / LOW)
  return `${high}${`${(value - high * LOW) | 0}`.padStart(8, '0')}`
}
