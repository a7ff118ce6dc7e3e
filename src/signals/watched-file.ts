import { webcrypto } from 'node:crypto'
import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { watch } from 'chokidar'

/** How closely a file is watched. */
export type WatchingOptions = {
  /** False reads once and never again. */
  readonly watch?: boolean
  /** How long the file must have been quiet before it is read. */
  readonly settleMs?: number
  /** How often the state of the file is looked at whether or not a change was noticed. */
  readonly lookEveryMs?: number
}

/** What {@link openWatchedFile} needs. */
export type WatchedFileOptions = WatchingOptions & {
  readonly file: string
  readonly maxBytes: number
  /** Takes a new content. Never called twice at a time, nor for a content that is the same as before. */
  readonly take: (bytes: Buffer) => void | Promise<void>
  /** Told what is wrong with the file itself: gone, unreadable, too large. */
  readonly onFlaw: (what: string, instead: string) => void
}

/** A file that is read again whenever it changes. */
export type WatchedFile = {
  close(): Promise<void>
}

const DEFAULT_SETTLE_MS = 250
const DEFAULT_LOOK_EVERY_MS = 5_000

const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'unknown error'

/** Whether two looks at a file saw the same state of the same file. */
const sameState = (a: Stats, b: Stats): boolean =>
  a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino

/**
 * Reads a file, and again after every change: replaced by rename, written in place, behind a symbolic
 * link that is turned to another folder, deleted and made anew. A change is noticed at once where the
 * file system tells, else within `lookEveryMs`. Waits until writing seems over, and reads
 * once more where the file changed under the reading; a content is told from the last by its hash.
 * Resolves after the first attempt, whether there was a file or not. Never rejects.
 */
export const openWatchedFile = async (options: WatchedFileOptions): Promise<WatchedFile> => {
  const settleMs = options.settleMs ?? DEFAULT_SETTLE_MS
  let taken: { readonly state: Stats; readonly hash: string } | undefined
  let lastFlaw: string | undefined
  let running: Promise<void> | undefined
  let again = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const flawed = (what: string, instead: string): void => {
    if (lastFlaw === what) return
    lastFlaw = what
    // The same content counts as new once the file is well again, so that the flaw is taken back.
    taken = undefined
    options.onFlaw(what, instead)
  }

  const readOnce = async (): Promise<void> => {
    const before = await stat(options.file)
    if (!before.isFile()) return flawed('it is not a file', 'name a file')
    if (before.size > options.maxBytes) {
      return flawed(`it is over ${options.maxBytes} bytes`, 'make it smaller')
    }
    if (taken !== undefined && sameState(before, taken.state)) return
    const bytes = await readFile(options.file)
    if (!sameState(before, await stat(options.file))) return schedule()
    // Off the thread: a database of some hundred megabytes would hold up calls.
    const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('base64')
    if (closed) return
    const isNew = hash !== taken?.hash
    taken = { state: before, hash }
    lastFlaw = undefined
    if (isNew) await options.take(bytes)
  }

  const read = async (): Promise<void> => {
    do {
      again = false
      try {
        await readOnce()
      } catch (error) {
        flawed(`it cannot be read (${textOf(error)})`, 'put the file there and make it readable')
      }
    } while (again)
  }

  const run = (): Promise<void> => {
    if (running !== undefined) {
      again = !closed
      return running
    }
    running = read().finally(() => {
      running = undefined
    })
    return running
  }

  const schedule = (): void => {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(() => void run(), settleMs).unref()
  }

  await run()
  if (options.watch === false) return { close: () => Promise.resolve() }
  const watcher = watch(options.file, { ignoreInitial: true })
  watcher.on('all', schedule)
  watcher.on('error', (error) => {
    flawed(`it cannot be watched (${textOf(error)})`, 'restart after changes')
  })
  // What changed between the first reading and the start of the watch would otherwise go unseen.
  watcher.on('ready', schedule)
  // A watch does not see a folder on the way to the file being exchanged (as mounted ConfigMaps are), nor
  // anything on some network file systems; a look at the state of the file sees both.
  const look = async (): Promise<void> => {
    const state = await stat(options.file).catch(() => undefined)
    const same = state !== undefined && taken !== undefined && sameState(state, taken.state)
    if (!same) schedule()
  }
  const looking = setInterval(() => void look(), options.lookEveryMs ?? DEFAULT_LOOK_EVERY_MS)
  looking.unref()
  return {
    close: async () => {
      closed = true
      again = false
      clearTimeout(timer)
      clearInterval(looking)
      await watcher.close()
      await running
    },
  }
}
