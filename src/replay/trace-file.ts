import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { scheduler } from 'node:timers/promises'
import { createGunzip, type Gunzip } from 'node:zlib'

/** Why a trace could not be read to its end, as a machine word such as `ENOENT` or `Z_DATA_ERROR`. */
export class UnreadableTrace extends Error {
  readonly code: string
  constructor(code: string) {
    super(code)
    this.name = 'UnreadableTrace'
    this.code = code
  }
}

/** Takes a line without its end; `undefined` for one that is longer than the cap. */
export type TakeLine = (line: Buffer | undefined, number: number) => Promise<void> | undefined

const LF = 10
const CHUNK_BYTES = 256 * 1024
const GZIP = [0x1f, 0x8b] as const

/** Cuts chunks into lines; of a line over the cap nothing is kept. */
const eachLine = async (
  source: AsyncIterable<unknown>,
  maxBytes: number,
  take: TakeLine,
): Promise<void> => {
  let parts: Buffer[] = []
  let heldBytes = 0
  let tooLong = false
  let number = 0
  const hold = (part: Buffer): void => {
    heldBytes += part.length
    if (heldBytes > maxBytes) {
      tooLong = true
      parts = []
    } else parts.push(part)
  }
  const whole = (last: Buffer): Buffer | undefined => {
    number++
    if (heldBytes === 0 && last.length <= maxBytes) return last
    hold(last)
    const line = tooLong ? undefined : Buffer.concat(parts)
    parts = []
    heldBytes = 0
    tooLong = false
    return line
  }
  for await (const part of source) {
    // Byte streams without an encoding yield buffers.
    const chunk = part as Buffer
    let from = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      const pending = take(whole(chunk.subarray(from, end)), number)
      if (pending !== undefined) await pending
      from = end + 1
    }
    if (from < chunk.length) hold(chunk.subarray(from))
  }
  if (heldBytes > 0) await take(whole(Buffer.alloc(0)), number)
}

/**
 * Hands chunks on, and ends only when all that was unzipped of them has been read: an end that comes too
 * early is an error, with which a stream throws away what nobody has read yet.
 */
const endingLate = (unzip: Gunzip) =>
  async function* (chunks: AsyncIterable<unknown>): AsyncGenerator {
    yield* chunks
    while (!unzip.destroyed && unzip.writableLength + unzip.readableLength > 0) {
      await scheduler.yield()
    }
  }

const codeOf = (error: unknown): string | undefined => {
  // Node's system and zlib errors carry a code.
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' && /^(E[A-Z]+|Z_[A-Z_]+)$/.test(code) ? code : undefined
}

/**
 * Hands on each line of a trace, plain or gzip by its first bytes, a line at a time; nothing else of it is
 * in memory. Rejects with {@link UnreadableTrace} where the file cannot be read to its end, after the whole
 * lines before, and with whatever `take` throws.
 */
export const eachTraceLine = async (
  file: string,
  maxBytes: number,
  take: TakeLine,
): Promise<void> => {
  const bytes = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  try {
    let zipped = false
    for await (const first of bytes.iterator({ destroyOnReturn: false })) {
      // A read stream without an encoding yields buffers.
      const start = first as Buffer
      zipped = start[0] === GZIP[0] && start[1] === GZIP[1]
      bytes.unshift(start)
      break
    }
    const lines = (source: AsyncIterable<unknown>): Promise<void> =>
      eachLine(source, maxBytes, take)
    if (zipped) {
      const unzip = createGunzip({ chunkSize: CHUNK_BYTES })
      await pipeline(bytes, endingLate(unzip), unzip, lines)
    } else await pipeline(bytes, lines)
  } catch (error) {
    const code = codeOf(error)
    throw code === undefined ? error : new UnreadableTrace(code)
  } finally {
    bytes.destroy()
  }
}
