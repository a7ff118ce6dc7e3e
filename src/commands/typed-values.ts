import { InvalidArgumentError } from 'commander'
import { parseDurationMs } from '../core/time.ts'

/** A reason, as the audit keeps it. */
export const typedWhy = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('Say why.')
  return text
}

/** A duration such as 12h, as it was typed. */
export const typedDuration = (text: string): string => {
  if (parseDurationMs(text) === undefined)
    throw new InvalidArgumentError('Write a whole number and s, m, h or d, such as 12h.')
  return text
}

/** How many entries a page has, 1 to 1000. */
export const typedPage = (text: string): string => {
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 1_000)
    throw new InvalidArgumentError('Write a whole number from 1 to 1000.')
  return text
}
