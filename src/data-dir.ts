import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder that holds everything a guard remembers. */
export type DataDir = {
  readonly path: string
  /** 32 random bytes made at the first start; every keyed hash derives from them. */
  readonly rootKey: Uint8Array
  /** Gives the folder back to the next process. */
  release(): void
}

const KEY_BYTES = 32

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A process of another user is alive as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Two processes that write the same journals would destroy both; one that was killed leaves its mark. */
const claim = (path: string): string => {
  const lock = join(path, 'lock')
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
      return lock
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const owner = Number(readFileSync(lock, 'utf8'))
      // In a container every process has the same number as the one before it.
      if (owner !== process.pid && Number.isInteger(owner) && owner > 0 && isAlive(owner)) {
        throw new Error(
          `${path} is in use by the running process ${owner}; stop it or set another data_dir`,
          { cause: error },
        )
      }
      rmSync(lock, { force: true })
    }
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

/**
 * Opens (and makes, mode 0700) the data folder. Throws a plain sentence where it cannot be written, is
 * used by a running process, or holds a damaged key.
 */
export const openDataDir = (path: string): DataDir => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const lock = claim(path)
    return { path, rootKey: rootKeyOf(path), release: () => rmSync(lock, { force: true }) }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    throw new Error(
      `the data folder ${path} cannot be used (${code}); set data_dir to a writable one`,
      {
        cause: error,
      },
    )
  }
}
