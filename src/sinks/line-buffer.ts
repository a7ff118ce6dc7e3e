/** Lines that wait to be written, as bytes. */
export type LineBatch = {
  readonly bytes: Buffer
  readonly lines: number
}

/** Collects lines into large buffers, so that thousands of strings need not outlive a collection. */
export type LineBuffer = {
  /** Bytes waiting. */
  readonly sizeBytes: number
  readonly lines: number
  push(line: string): void
  /** The oldest batch without taking it, `undefined` where nothing waits. No line is added to it any more. */
  peek(): LineBatch | undefined
  /** Forgets the first `bytes` of the oldest batch: the end of a line. */
  drop(bytes: number): void
  clear(): void
}

type Chunk = { readonly bytes: Buffer; start: number; end: number; lines: number; sealed: boolean }

/** Each is one write: smaller ones wake the threads that write more often than the disk needs. */
const CHUNK_BYTES = 256 * 1024
const SPARE_CHUNKS = 4
/** UTF-8 needs at most three bytes for a unit of UTF-16. */
const MAX_BYTES_PER_CHAR = 3
const LINE_FEED = 0x0a

const linesIn = (bytes: Buffer): number => {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}

/** An empty buffer of lines. Who fills it keeps it bounded by looking at `sizeBytes`. */
export const createLineBuffer = (): LineBuffer => {
  let chunks: Chunk[] = []
  /** Memory that was written before costs no page faults. */
  const spare: Buffer[] = []
  let sizeBytes = 0
  let lines = 0

  const chunkFor = (bytes: number): Chunk => {
    const last = chunks.at(-1)
    if (last !== undefined && !last.sealed && last.bytes.length - last.end >= bytes) return last
    const size = Math.max(CHUNK_BYTES, bytes)
    const room = size === CHUNK_BYTES ? spare.pop() : undefined
    const block = room ?? Buffer.allocUnsafeSlow(size)
    const fresh = { bytes: block, start: 0, end: 0, lines: 0, sealed: false }
    chunks.push(fresh)
    return fresh
  }

  return {
    get sizeBytes() {
      return sizeBytes
    },
    get lines() {
      return lines
    },
    push(line) {
      const chunk = chunkFor(line.length * MAX_BYTES_PER_CHAR + 1)
      const written = chunk.bytes.write(line, chunk.end)
      chunk.bytes[chunk.end + written] = LINE_FEED
      chunk.end += written + 1
      chunk.lines++
      sizeBytes += written + 1
      lines++
    },
    peek() {
      const first = chunks[0]
      if (first === undefined) return undefined
      first.sealed = true
      return { bytes: first.bytes.subarray(first.start, first.end), lines: first.lines }
    },
    drop(bytes) {
      const first = chunks[0]
      if (first === undefined) return
      const whole = first.start + bytes >= first.end
      const gone = whole
        ? first.lines
        : linesIn(first.bytes.subarray(first.start, first.start + bytes))
      first.start += bytes
      first.lines -= gone
      lines -= gone
      sizeBytes -= bytes
      if (!whole) return
      chunks.shift()
      if (first.bytes.length === CHUNK_BYTES && spare.length < SPARE_CHUNKS) spare.push(first.bytes)
    },
    clear() {
      chunks = []
      sizeBytes = 0
      lines = 0
    },
  }
}
