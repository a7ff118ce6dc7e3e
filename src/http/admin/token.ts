import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'

const FILE = 'admin-token'
const BYTES = 32
const FORM = /^[\w-]{43}$/

/** The token of an installation that configured none, and whether it was made just now. */
export type OwnToken = { readonly token: string; readonly created: boolean }

/**
 * Reads `data_dir/admin-token`, or makes it: 256 random bits, readable by the owner only, whole or not
 * there whenever the process is killed. A file that does not hold a token is replaced. Rejects where the
 * folder cannot be written or the file not read: an API without a token does not exist.
 */
export const ownToken = async (options: { readonly dataDir: string }): Promise<OwnToken> => {
  const path = join(options.dataDir, FILE)
  const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  if (FORM.test(known.trim())) {
    // A copy or a restored backup may have opened it to others.
    await chmod(path, 0o600)
    return { token: known.trim(), created: false }
  }
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const token = randomBytes(BYTES).toString('base64url')
  const half = `${path}.${process.pid}.new`
  await unlink(half).catch(() => undefined)
  const handle = await open(half, 'wx', 0o600)
  try {
    await handle.writeFile(`${token}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(half, path)
  return { token, created: true }
}
