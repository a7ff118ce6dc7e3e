import { z } from 'zod'
import { parseDurationMs } from './core/time.ts'

const KB = 1000

/** Bytes of a size such as `32MB`; decimal units. */
const parseSizeBytes = (text: string): number | undefined => {
  const match = /^([1-9]\d{0,6})(B|KB|MB|GB)$/.exec(text)
  if (match === null) return undefined
  return Number(match[1]) * KB ** ['B', 'KB', 'MB', 'GB'].indexOf(match[2] ?? 'B')
}

/** A size in bytes. */
export const size = z
  .string()
  .refine(
    (text) => parseSizeBytes(text) !== undefined,
    'not a size; write a whole number and B, KB, MB or GB, such as 32MB',
  )
  .describe('a size such as 32MB (decimal units)')
  .transform((text) => parseSizeBytes(text) ?? 0)

/** A duration in milliseconds. */
export const duration = z
  .string()
  .refine(
    (text) => parseDurationMs(text) !== undefined,
    'not a duration; write a whole number and s, m, h or d, such as 30s',
  )
  .describe('a duration such as 30s, 5m, 12h or 90d')
  .transform((text) => parseDurationMs(text) ?? 0)

/** An HTTP address without anything that is secret or optional in it. */
export const httpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'not a URL; write http://… or https://…',
  )
  .refine(
    (text) => !URL.canParse(text) || !/[?#@]/.test(text),
    'a URL with credentials, query or fragment; write scheme, host, port and path only',
  )
