import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A disk that a test can fill. */
export type TinyDisk = {
  readonly dir: string
  /** Error code of a write while it is full. */
  readonly fullCode: string
  fill(): void
  empty(): void
}

/**
 * A file system of `sizeKb` that is really full after `fill`. Where the user may not mount one, a
 * folder that writes are refused in, by a file that takes its place.
 */
export const tinyDisk = (sizeKb: number): TinyDisk => {
  const root = mkdtempSync(join(tmpdir(), 'stillwatch-disk-'))
  const mounted =
    spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKb}k`, 'tmpfs', root]).status === 0
  onTestFinished(() => {
    if (mounted) spawnSync('umount', ['-l', root])
    rmSync(root, { recursive: true, force: true })
  })
  const dir = mounted ? root : join(root, 'data')
  const filler = mounted ? join(root, 'filler') : dir
  return {
    dir,
    fullCode: mounted ? 'ENOSPC' : 'EEXIST',
    fill: () => {
      if (!mounted) {
        rmSync(dir, { recursive: true, force: true })
        writeFileSync(dir, '')
        return
      }
      // Page by page, so that not even a part of a page is left.
      for (let kb = 4; kb <= sizeKb; kb += 4) {
        try {
          writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' })
        } catch {
          return
        }
      }
    },
    empty: () => rmSync(filler, { force: true }),
  }
}
