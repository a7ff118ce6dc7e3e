import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Problem } from '../core/problem.ts'
import { parseNetworkEntry } from './network-entry.ts'
import { createNetworkRanges, readAddress, type AddressWords } from './network-ranges.ts'

/** The entries of one list, ready to be asked. */
export type NetworkSet = {
  readonly entries: number
  /** How many of the entries are AS numbers. */
  readonly asns: number
  /** `width` words of an address, as `readAddress` reads them. */
  hasAddress(address: Uint32Array, width: AddressWords): boolean
  hasAsn(asn: number): boolean
}

const MAX_TEXT_BYTES = 64 * 1024 * 1024
const MAX_ENTRIES = 1_000_000
const MAX_PROBLEMS = 20
const SLICE_LINES = 500

const unpack = promisify(gunzip)

const textOf = async (bytes: Buffer): Promise<string> => {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
  const plain = packed ? await unpack(bytes, { maxOutputLength: MAX_TEXT_BYTES }) : bytes
  return plain.toString('utf8')
}

/**
 * Reads a list, plain or gzip. Every bad line is a problem with its position (the first twenty, then their
 * number). Good lines count although others are bad, so that one slip does not lay open the whole list;
 * but where bad lines are the majority, the file is taken for something else (an error page, a download
 * that broke off) and there is no set. A file of comments alone is an empty set; one of no bytes is none.
 * Works in slices, so that calls go on while a long list is read. Never rejects.
 */
export const parseNetworkList = async (
  file: string,
  bytes: Buffer,
): Promise<{ readonly set: NetworkSet | undefined; readonly problems: readonly Problem[] }> => {
  const problems: Problem[] = []
  const problem = (line: number, col: number, what: string, instead: string): void => {
    problems.push({ file, line, col, what, instead })
  }
  const refused = (what: string, instead: string): { set: undefined; problems: Problem[] } => {
    problem(1, 1, what, instead)
    return { set: undefined, problems }
  }
  if (bytes.length === 0) return refused('the file is empty', 'write entries, or a # comment alone')
  let text: string
  try {
    text = await textOf(bytes)
  } catch {
    return refused('the file is no valid gzip, or too large', 'pack it anew or leave it unpacked')
  }
  const v4 = createNetworkRanges(1)
  const v6 = createNetworkRanges(4)
  const words = new Uint32Array(4)
  const asns = new Set<number>()
  let entries = 0
  let bad = 0
  let from = 0
  for (let line = 1; from <= text.length; line++) {
    if (line % SLICE_LINES === 0) await setImmediate()
    const newline = text.indexOf('\n', from)
    const to = newline === -1 ? text.length : newline
    const content = text.slice(from, to)
    from = to + 1
    const entry = parseNetworkEntry(content)
    if (entry === undefined) continue
    if ('what' in entry) {
      bad++
      if (bad > MAX_PROBLEMS) continue
      problem(line, content.length - content.trimStart().length + 1, entry.what, entry.instead)
      continue
    }
    if (++entries > MAX_ENTRIES) return refused('the list is too long', 'split it into several')
    if ('asn' in entry) asns.add(entry.asn)
    else if (readAddress(entry.address, words) === 1) v4.add(words, entry.prefix)
    else v6.add(words, entry.prefix)
  }
  if (bad > MAX_PROBLEMS) {
    problem(1, 1, `${bad - MAX_PROBLEMS} further lines are bad`, 'correct them or the source')
  }
  if (bad > entries) return refused('most lines are no entries', 'check where the file comes from')
  const [rangesV4, rangesV6] = [v4.build(), v6.build()]
  const set: NetworkSet = {
    entries,
    asns: asns.size,
    hasAddress: (address, width) => (width === 1 ? rangesV4 : rangesV6).has(address),
    hasAsn: (asn) => asns.has(asn),
  }
  return { set, problems }
}
