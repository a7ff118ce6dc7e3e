import { open } from 'node:fs/promises'
import { listSegments } from './segments.ts'

const BLOCK_BYTES = 256 * 1024
/** A longer line is no record. */
const MAX_LINE_BYTES = 1024 * 1024
const LINE_FEED = 0x0a

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .toReversed()

/** The whole lines of one file, block by block from its end; in each block the newest line first. */
async function* linesBackwards(path: string): AsyncGenerator<string[]> {
  const handle = await open(path, 'r')
  try {
    let position = (await handle.stat()).size
    /** The beginning of the line that goes on behind what was read last; torn at the end of the file. */
    let tail = Buffer.alloc(0)
    let torn = true
    while (position > 0) {
      const size = Math.min(BLOCK_BYTES, position)
      const block = Buffer.allocUnsafe(size)
      position -= size
      const { bytesRead } = await handle.read(block, 0, size, position)
      // Somebody cut the file meanwhile.
      if (bytesRead < size) return
      const bytes = Buffer.concat([block, tail])
      const last = torn ? bytes.lastIndexOf(LINE_FEED) : bytes.length
      if (last === -1) {
        tail = Buffer.from(bytes.subarray(0, 0))
        continue
      }
      torn = false
      const first = position === 0 ? 0 : bytes.indexOf(LINE_FEED) + 1
      if (first === 0 && position > 0) {
        tail = bytes.length > MAX_LINE_BYTES ? Buffer.alloc(0) : bytes.subarray(0, last)
        torn = bytes.length > MAX_LINE_BYTES
        continue
      }
      tail = Buffer.from(bytes.subarray(0, Math.max(0, first - 1)))
      if (first < last) yield linesOf(bytes.toString('utf8', first, last))
    }
  } finally {
    await handle.close()
  }
}

/**
 * The lines of a decision log, newest first, in small batches; a torn last line of a segment is left out,
 * and so is a segment that was deleted meanwhile. Reads one block at a time, so that whoever stops early
 * has read little. Rejects where the folder cannot be read.
 */
export async function* newestLines(directory: string): AsyncGenerator<string[]> {
  const segments = await listSegments(directory)
  for (const { path } of segments.toReversed()) {
    try {
      yield* linesBackwards(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}
