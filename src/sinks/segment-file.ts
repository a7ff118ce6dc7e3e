import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { segmentName } from './segments.ts'

const LINE_FEED = 0x0a
const NAMES_TRIED = 1_000

/** A segment open for appending. */
export type SegmentFile = {
  readonly path: string
  readonly openedAtMs: number
  readonly sizeBytes: number
  /**
   * Appends whole lines. Resolves with the bytes up to the end of the last line that is in the file for
   * certain, and the reason where that is not all of them; the file is then cut there and closed.
   */
  append(lines: Buffer): Promise<{ readonly bytes: number; readonly problem: unknown }>
  /** Whether somebody deleted the file: what is appended to it would be lost. */
  deleted(): Promise<boolean>
  /** Hands the file to the disk and closes it; an empty one is removed. Never rejects. */
  close(): Promise<void>
}

const openNew = async (
  directory: string,
  atMs: number,
): Promise<{ path: string; handle: FileHandle }> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (let n = 0; ; n++) {
    const path = join(directory, segmentName(atMs, n))
    try {
      // Exclusive: a segment of an earlier run, whole or torn, is never written to again.
      return { path, handle: await open(path, 'wx', 0o600) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || n >= NAMES_TRIED) throw error
    }
  }
}

/** Opens a new segment. Rejects with the reason of the file system. */
export const openSegmentFile = async (directory: string, atMs: number): Promise<SegmentFile> => {
  const { path, handle } = await openNew(directory, atMs)
  let sizeBytes = 0
  let closed = false

  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await handle.datasync().catch(() => undefined)
    await handle.close().catch(() => undefined)
    if (sizeBytes === 0) await unlink(path).catch(() => undefined)
  }

  return {
    path,
    openedAtMs: atMs,
    get sizeBytes() {
      return sizeBytes
    },
    async append(lines) {
      let written = 0
      try {
        while (written < lines.length) {
          const rest = lines.length - written
          written += (await handle.write(lines, written, rest, sizeBytes + written)).bytesWritten
        }
        sizeBytes += written
        return { bytes: written, problem: undefined }
      } catch (problem) {
        const bytes = written === 0 ? 0 : lines.lastIndexOf(LINE_FEED, written - 1) + 1
        sizeBytes += bytes
        // A disk that is full still shortens files; where it does not, readers pass over the torn line.
        await handle.truncate(sizeBytes).catch(() => undefined)
        await close()
        return { bytes, problem }
      }
    },
    deleted: () =>
      handle.stat().then(
        ({ nlink }) => nlink === 0,
        () => false,
      ),
    close,
  }
}
