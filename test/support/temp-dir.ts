import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/**
 * A new folder that is gone after the test; with `inMemory` on a file system without a disk, for tests
 * that open and close hundreds of files, where the system has one.
 */
export const tempDir = (options: { readonly inMemory?: boolean } = {}): string => {
  const parent = options.inMemory === true && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = mkdtempSync(join(parent, 'stillwatch-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
