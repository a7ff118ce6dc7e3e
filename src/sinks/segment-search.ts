import { open } from 'node:fs/promises'
import { indexRowOf } from './index-row.ts'
import { listSegments } from './segments.ts'

/** How much of the segments one look-up may read. */
export type SearchCaps = { readonly bytes: number; readonly ms: number }

const CHUNK_BYTES = 1024 * 1024
/** Longest line that is found wherever it starts; records are far shorter. */
const OVERLAP_BYTES = 128 * 1024
/** Longest time from the arrival of a call to its record. */
const LONGEST_CALL_MS = 3_600_000
/** Clocks of the id and of the segment may differ by this much. */
const SKEW_MS = 5_000

/**
 * Looks for a record in the segments that can hold it: a record is written after its call arrived, so
 * only segments that were open between then and an hour later are read, in that order, up to the caps.
 * `undefined` where it is not found there. Rejects where a segment cannot be read.
 */
export const searchSegments = async (
  directory: string,
  id: string,
  arrivedMs: number,
  caps: SearchCaps,
): Promise<string | undefined> => {
  const segments = await listSegments(directory)
  const untilMs = performance.now() + caps.ms
  const wanted = Buffer.from(`"stillwatch.decision.id":${JSON.stringify(id)}`)
  let bytesLeft = caps.bytes
  for (const [at, { path, openedAtMs, sizeBytes }] of segments.entries()) {
    const closedMs = segments[at + 1]?.openedAtMs ?? Infinity
    if (closedMs < arrivedMs - SKEW_MS || openedAtMs > arrivedMs + LONGEST_CALL_MS) continue
    if (bytesLeft <= 0 || performance.now() > untilMs) return undefined
    const line = await searchFile(path, wanted, bytesLeft, untilMs)
    if (line !== undefined && indexRowOf(line)?.id === id) return line
    bytesLeft -= sizeBytes
  }
  return undefined
}

const searchFile = async (
  path: string,
  wanted: Buffer,
  maxBytes: number,
  untilMs: number,
): Promise<string | undefined> => {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES + OVERLAP_BYTES)
    for (let start = 0; start < maxBytes && performance.now() <= untilMs; start += CHUNK_BYTES) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
      const bytes = buffer.subarray(0, bytesRead)
      const found = bytes.indexOf(wanted)
      if (found !== -1) {
        const from = bytes.lastIndexOf(0x0a, found) + 1
        const end = bytes.indexOf(0x0a, found)
        return bytes.toString('utf8', from, end === -1 ? bytesRead : end)
      }
      if (bytesRead < buffer.length) return undefined
    }
    return undefined
  } finally {
    await handle.close()
  }
}
