import { open } from 'node:fs/promises'

const CHUNK_BYTES = 1024 * 1024

/**
 * The whole lines of a segment, chunk by chunk, from the first line that starts at or after `fromByte`. A
 * torn last line is left out. Rejects where the file cannot be read.
 */
export async function* segmentLines(path: string, fromByte = 0): AsyncGenerator<string[]> {
  const handle = await open(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let rest = Buffer.alloc(0)
    // One byte earlier, so that a line that starts exactly there is seen to start.
    let position = Math.max(0, fromByte - 1)
    let inside = fromByte > 0
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
      if (bytesRead === 0) return
      position += bytesRead
      let bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      if (inside) {
        const start = bytes.indexOf(0x0a) + 1
        if (start === 0) continue
        bytes = bytes.subarray(start)
        inside = false
      }
      const end = bytes.lastIndexOf(0x0a) + 1
      rest = Buffer.from(bytes.subarray(end))
      // A line longer than a chunk is no record.
      if (rest.length > CHUNK_BYTES) rest = Buffer.alloc(0)
      if (end > 0) yield bytes.toString('utf8', 0, end - 1).split('\n')
    }
  } finally {
    await handle.close()
  }
}
