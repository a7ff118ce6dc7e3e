import { crc32 } from 'node:zlib'
import type { SeenRow } from './account-seen-table.ts'

const BODY = /^[\x21-\x7e]{1,256}(?: [0-9a-z]{1,7}){5}$/

/**
 * One row as a line: key, first sight, last day, days, and the two words of recent days, numbers in base
 * 36, then the CRC-32 of all that. The check tells a whole line from one that a crash cut or a disk bent.
 */
export const formatSeenLine = (row: SeenRow): string => {
  const numbers = [row.firstSeenS, row.lastDay, row.days, row.recent, row.older]
  const body = `${row.key} ${numbers.map((number) => number.toString(36)).join(' ')}`
  return `${body} ${crc32(body).toString(36)}\n`
}

/** The row of a line without its end; `undefined` where the line is not whole. */
export const parseSeenLine = (line: string): SeenRow | undefined => {
  const cut = line.lastIndexOf(' ')
  const body = line.slice(0, Math.max(0, cut))
  if (!BODY.test(body) || crc32(body).toString(36) !== line.slice(cut + 1)) return undefined
  const [key = '', ...words] = body.split(' ')
  const [firstSeenS = NaN, lastDay = NaN, days = NaN, recent = NaN, older = NaN] = words.map(
    (word) => parseInt(word, 36),
  )
  const sound =
    firstSeenS <= 0xffffffff &&
    lastDay <= 0xffff &&
    days <= 0xffff &&
    recent <= 0xffffffff &&
    older <= 0xffffffff
  return sound ? { key, firstSeenS, lastDay, days, recent, older } : undefined
}
