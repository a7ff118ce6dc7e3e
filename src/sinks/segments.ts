import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** One file of the decision log. */
export type Segment = {
  readonly path: string
  /** When it was opened, milliseconds; every record in it was written at or after that. */
  readonly openedAtMs: number
  readonly sizeBytes: number
}

const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d+)\.ndjson$/

/** File name of a segment, such as `20260422T091500123Z-0.ndjson`: names sort by time. */
export const segmentName = (openedAtMs: number, n: number): string =>
  `${new Date(openedAtMs).toISOString().replace(/[-:.]/g, '')}-${n}.ndjson`

/** Opening time of a segment by its name, `undefined` for any other file. */
export const segmentOpenedAtMs = (name: string): number | undefined => {
  const match = NAME.exec(name)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second, ms] = match.slice(1, 8).map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, ms)
}

/**
 * The segments of a folder, oldest first; none where there is no such folder. Files of other names are
 * not touched and not listed. Rejects where the folder exists and cannot be read.
 */
export const listSegments = async (directory: string): Promise<Segment[]> => {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found: Segment[] = []
  for (const name of names) {
    const openedAtMs = segmentOpenedAtMs(name)
    if (openedAtMs === undefined) continue
    const path = join(directory, name)
    const info = await stat(path).catch(() => undefined)
    if (info?.isFile() === true) found.push({ path, openedAtMs, sizeBytes: info.size })
  }
  return found.toSorted((a, b) => a.openedAtMs - b.openedAtMs || (a.path < b.path ? -1 : 1))
}

/**
 * Deletes the oldest segments until all together hold at most `retainBytes`; `keep` is never deleted.
 * Resolves with the number deleted.
 */
export const pruneSegments = async (
  directory: string,
  retainBytes: number,
  keep: string | undefined,
  remove: (path: string) => Promise<void>,
): Promise<number> => {
  const segments = await listSegments(directory)
  let bytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let count = 0
  for (const { path, sizeBytes } of segments) {
    if (bytes <= retainBytes) break
    if (path === keep) continue
    await remove(path)
    bytes -= sizeBytes
    count++
  }
  return count
}
