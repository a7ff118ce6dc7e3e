import { setImmediate as nextTurn } from 'node:timers/promises'

/** Longest line that is handed on whole. */
export const MAX_LINE_BYTES: number = 256 * 1024

const LF = 10
const MAX_BYTES = 4 * 1024 ** 3
const TURN_MS = 4

/**
 * Hands on each line of a byte stream, without its end, in turns of a few milliseconds, so that calls go
 * on meanwhile. Of a longer line than {@link MAX_LINE_BYTES} a longer piece than that is handed on, so
 * that the taker can see it; memory stays bounded. Rejects past 4 GiB and with whatever the stream does.
 */
export const eachLine = async (
  source: AsyncIterable<unknown>,
  take: (line: Buffer) => void,
): Promise<void> => {
  let rest: Buffer = Buffer.alloc(0)
  let total = 0
  let turnEndMs = performance.now() + TURN_MS
  for await (const part of source) {
    // Byte streams without an encoding yield buffers.
    const chunk = part as Buffer
    total += chunk.length
    if (total > MAX_BYTES) throw new Error('larger than 4 GiB')
    let from = 0
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
      const head = chunk.subarray(from, end)
      take(rest.length === 0 ? head : Buffer.concat([rest, head]))
      rest = Buffer.alloc(0)
      from = end + 1
      if (performance.now() > turnEndMs) {
        await nextTurn()
        turnEndMs = performance.now() + TURN_MS
      }
    }
    if (rest.length <= MAX_LINE_BYTES) rest = Buffer.concat([rest, chunk.subarray(from)])
  }
  if (rest.length > 0) take(rest)
}
