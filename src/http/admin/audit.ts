import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../../core/seams.ts'
import { auditPage, type AuditPage } from './audit-page.ts'

/** One line of the audit. A change leaves two: `asked` before it is made, `done` with its result. */
export type AuditEntry = {
  /** Same for both lines of a change. */
  readonly id: string
  readonly phase: 'asked' | 'done'
  /** Name of the token. */
  readonly who: string
  /** What was changed, such as `policy.reload`. */
  readonly what: string
  readonly before?: unknown
  readonly after?: unknown
  /** In the words of who changed it. */
  readonly why?: string | undefined
}

/** The append-only record of who changed what. */
export type Audit = {
  /** Resolves once the entry is on the disk; rejects where it is not, and then nothing of it is. */
  record(entry: AuditEntry): Promise<void>
  /** Entries newest first, before a position of an earlier page. */
  page(options: {
    readonly limit: number
    readonly before?: number | undefined
  }): Promise<AuditPage>
}

const LINE_FEED = '\n'

/** A new file is only there for certain once its folder is on the disk too. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Adds a line at the end and waits for the disk; on a failure the file is as it was. */
const append = async (handle: FileHandle, line: string): Promise<void> => {
  const { size } = await handle.stat()
  const last = Buffer.alloc(1)
  if (size > 0) await handle.read(last, 0, 1, size - 1)
  const torn = size > 0 && last.toString() !== LINE_FEED
  const bytes = Buffer.from(`${torn ? LINE_FEED : ''}${line}${LINE_FEED}`)
  try {
    let written = 0
    while (written < bytes.length) {
      const left = bytes.length - written
      written += (await handle.write(bytes, written, left, size + written)).bytesWritten
    }
    await handle.datasync()
  } catch (error) {
    await handle.truncate(size).catch(() => undefined)
    throw error
  }
}

/**
 * An audit in a file of JSON lines. Entries are written one at a time and synced before they count, so
 * that a kill or a crash of the machine loses none that was confirmed. A line that a crash tore is left in
 * place and closed off by a line feed; readers pass over it.
 */
export const createAudit = (options: { readonly path: string; readonly clock: Clock }): Audit => {
  const { path, clock } = options
  let queue: Promise<void> = Promise.resolve()

  const write = async (line: string): Promise<void> => {
    // `a+` would ignore positions; the file is made where it is missing, and never cut.
    const handle = await open(path, 'r+').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      const made = await open(path, 'wx+', 0o600)
      await syncFolder(dirname(path))
      return made
    })
    try {
      await append(handle, line)
    } finally {
      await handle.close()
    }
  }

  return {
    record(entry) {
      const line = JSON.stringify({ time: new Date(clock.now()).toISOString(), ...entry })
      const written = queue.then(() => write(line))
      queue = written.catch(() => undefined)
      return written
    },
    page: ({ limit, before }) => auditPage(path, limit, before),
  }
}
