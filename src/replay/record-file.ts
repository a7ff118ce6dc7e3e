import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** A file of lines that is there whole or not at all. */
export type RecordFile = {
  /** Takes a line without its end; a promise where the disk has to catch up, or has failed. */
  add(line: string): void | Promise<void>
  /** Writes what is left and puts the file in place. Rejects with the reason of the file system. */
  finish(): Promise<void>
  /** Leaves nothing behind. Never rejects. */
  abandon(): Promise<void>
}

const BLOCK_CHARS = 64 * 1024

/** Whether something stands there that cannot be replaced by a file, such as a pipe. */
const isSpecial = async (file: string): Promise<boolean> => {
  const found = await stat(file).catch(() => undefined)
  return found !== undefined && !found.isFile()
}

/**
 * Opens a file for records, gzip where its name ends in `.gz`. It grows under another name beside it and
 * takes its own at the end, so that half a replay is not taken for a whole one; a pipe is written to at
 * once.
 */
export const openRecordFile = async (file: string): Promise<RecordFile> => {
  const target = (await isSpecial(file)) ? file : `${file}.part`
  const input = new PassThrough({ highWaterMark: 4 * BLOCK_CHARS })
  // What a replay that was killed left behind keeps its mode, and may be a link to elsewhere.
  if (target !== file) await rm(target, { force: true })
  const output = createWriteStream(target, { mode: 0o600 })
  let failed: Error | undefined
  const written = (
    file.endsWith('.gz')
      ? pipeline(input, createGzip({ level: 4 }), output)
      : pipeline(input, output)
  ).catch((error: unknown) => {
    failed = error instanceof Error ? error : new Error(String(error))
  })
  let block = ''

  const caughtUp = (): Promise<void> =>
    Promise.race([written, new Promise<void>((resolve) => void input.once('drain', resolve))])
  const flush = (): void | Promise<void> => {
    const text = block
    block = ''
    if (failed !== undefined) return Promise.reject(failed)
    if (input.write(text)) return undefined
    return caughtUp().then(() => {
      if (failed !== undefined) throw failed
    })
  }

  return {
    add: (line) => {
      block += `${line}\n`
      return block.length < BLOCK_CHARS ? undefined : flush()
    },
    finish: async () => {
      input.end(block)
      await written
      if (failed !== undefined) throw failed
      if (target !== file) await rename(target, file)
    },
    abandon: async () => {
      input.destroy()
      await written
      if (target !== file) await rm(target, { force: true }).catch(() => undefined)
    },
  }
}
