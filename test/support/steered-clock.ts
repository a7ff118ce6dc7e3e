import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../src/core/seams.ts'
import { findProgram } from './system-packages.ts'

/** The wall clock of programs started with its environment; see `steered-clock.c`. */
export type SteeredClock = Clock & {
  readonly environment: Readonly<Record<string, string>>
  /** From now on it is this time there, for good: a steered clock stands still. */
  steer(atMs: number): void
  /** Removes it; the programs must have ended. */
  remove(): void
}

const SOURCE = fileURLToPath(new URL('steered-clock.c', import.meta.url))
const FLAGS = ['-std=c11', '-O1', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared']

/** Builds the clock in a folder of its own. Time is the real one until it is first steered. */
export const createSteeredClock = (): SteeredClock => {
  const compiler = findProgram(['cc', 'gcc'])
  if (compiler === undefined) throw new Error('no C compiler is installed')
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-clock-'))
  const library = join(dir, 'steered-clock.so')
  execFileSync(compiler, [...FLAGS, '-o', library, SOURCE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const path = join(dir, 'now')
  const file = openSync(path, 'w')
  const microseconds = new BigInt64Array(1)
  let steeredMs: number | undefined

  const write = (atMs: number): void => {
    microseconds[0] = BigInt(atMs) * 1_000n
    writeSync(file, microseconds, 0, microseconds.byteLength, 0)
  }
  write(0)
  return {
    environment: { LD_PRELOAD: library, STEERED_CLOCK: path },
    now: () => steeredMs ?? Date.now(),
    steer: (atMs) => {
      write(atMs)
      steeredMs = atMs
    },
    remove: () => {
      closeSync(file)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
