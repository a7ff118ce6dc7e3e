import { open } from 'node:fs/promises'

/** Entries of the audit, newest first. */
export type AuditPage = {
  readonly entries: readonly unknown[]
  /** Position to read on from; absent at the start of the file. */
  readonly next: number | undefined
}

const MAX_BYTES = 1024 * 1024

const parsed = (line: string): unknown[] => {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? [entry] : []
  } catch {
    // Torn by a crash.
    return []
  }
}

/**
 * Reads the end of a file of JSON lines backwards: at most `limit` entries and 1 MiB before `before`. A file
 * that is not there has no entries. Rejects where it cannot be read.
 */
export const auditPage = async (
  path: string,
  limit: number,
  before: number | undefined,
): Promise<AuditPage> => {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return { entries: [], next: undefined }
  try {
    const end = Math.min(before ?? Infinity, (await handle.stat()).size)
    const start = Math.max(0, end - MAX_BYTES)
    const bytes = Buffer.alloc(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    const entries: unknown[] = []
    let position = bytesRead
    while (position > 0 && entries.length < limit) {
      const from = position < 2 ? 0 : bytes.lastIndexOf(0x0a, position - 2) + 1
      // A line that reaches beyond what was read belongs to the next page.
      if (from === 0 && start > 0) break
      entries.push(...parsed(bytes.toString('utf8', from, position)))
      position = from
    }
    const next = start + position
    return { entries, next: next > 0 && next < end ? next : undefined }
  } finally {
    await handle.close()
  }
}
