import { hkdfSync, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The folder that holds everything a guard remembers. */
export type DataDir = {
  readonly path: string
  /** 32 bytes that every keyed hash derives from: of the secret, or random ones made at the first start. */
  readonly rootKey: Uint8Array
  /** Gives the folder back to the next process. */
  release(): void
}

const KEY_BYTES = 32

/** How long a process that was just killed may take to be gone. */
const BUSY_MS = 2_000

/**
 * Two processes that write the same journals would destroy both. SQLite holds the lock, because the
 * system takes it back from a process however it died, in another container on the same volume too; a
 * file with a process id can do neither.
 */
const claim = (path: string, setting: string): DatabaseSync => {
  const lock = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: BUSY_MS })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new Error(
      `${path} is in use by another running process; stop that one, or set another ${setting}`,
      { cause: error },
    )
  }
}

const rootKeyOf = (path: string): Uint8Array => {
  const file = join(path, 'root-key')
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = readFileSync(file)
  if (key.length !== KEY_BYTES) {
    throw new Error(`${file} is damaged: restore it, or remove it and lose what hashes link to`)
  }
  return key
}

/** What a secret of the settings stands for, so that all who know it hash alike. */
export const keyOfSecret = (secret: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret, '', 'stillwatch root key', KEY_BYTES))

/** Does something with a folder; throws a plain sentence where the system refuses. */
const plainly = <T>(path: string, setting: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw new Error(
      `the data folder ${path} cannot be used (${code}); set ${setting} to a writable one`,
      {
        cause: error,
      },
    )
  }
}

/**
 * Makes a data folder (mode 0700) and keeps others from it until it is released, without a key in it.
 * Throws a plain sentence where it cannot be written or is in use; `setting` is what named it.
 */
export const claimDataDir = (path: string, setting: string): Pick<DataDir, 'release'> =>
  plainly(path, setting, () => {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const lock = claim(path, setting)
    return { release: () => lock.close() }
  })

/**
 * Opens (and makes, mode 0700) the data folder. Throws a plain sentence where it cannot be written, is
 * used by a running process, or holds a damaged key.
 */
export const openDataDir = (path: string, secret?: string): DataDir =>
  plainly(path, 'data_dir', () => {
    const { release } = claimDataDir(path, 'data_dir')
    const rootKey = secret === undefined ? rootKeyOf(path) : keyOfSecret(secret)
    return { path, rootKey, release }
  })
