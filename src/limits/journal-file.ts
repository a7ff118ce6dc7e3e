import { open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file that only grows, and by whole appends: a failed one leaves it as it was. */
export type JournalFile = {
  sizeBytes(): number
  append(bytes: Uint8Array): Promise<void>
  /** Whether this very file still stands at the path; false after somebody moved or removed it. */
  isAt(path: string): Promise<boolean>
  /** Flushes it to the disk and puts it at the path in place of what was there, atomically. */
  publish(path: string): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Creates an empty file that only the owner can read; rejects with the system's error. */
export const createJournalFile = async (createdAt: string): Promise<JournalFile> => {
  const handle = await open(createdAt, 'w', 0o600)
  const { ino, dev } = await handle.stat()
  let sizeBytes = 0
  return {
    sizeBytes: () => sizeBytes,
    append: async (bytes) => {
      let written = 0
      try {
        while (written < bytes.length) {
          // Positions are explicit, so that the next append overwrites what a failed one left.
          const { bytesWritten } = await handle.write(
            bytes,
            written,
            bytes.length - written,
            sizeBytes + written,
          )
          if (bytesWritten === 0) throw new Error('nothing was written')
          written += bytesWritten
        }
        sizeBytes += written
      } catch (error) {
        // On a full disk this also gives back what the failed append took. If it fails as well, the
        // left-over records are older than those that will be written over or after them.
        await handle.truncate(sizeBytes).catch(() => undefined)
        throw error
      }
    },
    isAt: async (path) => {
      const found = await stat(path).catch(() => undefined)
      return found?.ino === ino && found.dev === dev
    },
    publish: async (path) => {
      await handle.sync()
      await rename(createdAt, path)
      const folder = await open(dirname(path), 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  }
}
