import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { writeSimulation } from '../../../src/simulate/write-simulation.ts'
import { simulated } from '../../support/simulated.ts'
import { tempDir } from '../../support/temp-dir.ts'
import { tinyDisk } from '../../support/tiny-disk.ts'

const small = (): ReturnType<typeof simulated> => simulated('naive', { scale: 0.004 }, { days: 2 })

describe('writing a simulation', () => {
  it('leaves accounts and trace, whole, under their names', async () => {
    const folder = join(tempDir(), 'new', 'folder')
    const simulation = small()
    let calls = 0
    await writeSimulation(simulation, folder, () => calls++)
    expect(readdirSync(folder).toSorted()).toEqual(['accounts.jsonl', 'trace.jsonl.gz'])
    const lines = (text: string): number => text.split('\n').length - 1
    expect(lines(readFileSync(join(folder, 'accounts.jsonl'), 'utf8'))).toBe(
      simulation.accounts.length,
    )
    expect(lines(gunzipSync(readFileSync(join(folder, 'trace.jsonl.gz'))).toString())).toBe(calls)
    expect(calls).toBeGreaterThan(100)
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
    }
  })

  it('gives the same bytes twice', async () => {
    const bytes = async (): Promise<string> => {
      const folder = tempDir()
      await writeSimulation(small(), folder)
      return readFileSync(join(folder, 'trace.jsonl.gz')).toString('base64')
    }
    expect(await bytes()).toBe(await bytes())
  })

  it('touches no folder that holds anything', async () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'mine'), 'x')
    await expect(writeSimulation(small(), folder)).rejects.toThrow(
      /is not empty; name a new folder/,
    )
    expect(readdirSync(folder)).toEqual(['mine'])
  })

  it('says why a folder cannot be made', async () => {
    const file = join(tempDir(), 'file')
    writeFileSync(file, 'x')
    await expect(writeSimulation(small(), join(file, 'below'))).rejects.toThrow(
      /cannot be written \(ENOTDIR\)/,
    )
  })

  it('leaves nothing behind on a full disk, and says so', async () => {
    const disk = tinyDisk(256)
    const folder = join(disk.dir, 'out')
    disk.fill()
    await expect(writeSimulation(small(), folder)).rejects.toThrow(
      disk.fullCode === 'ENOSPC' ? /the disk is full/ : /cannot be written/,
    )
    disk.empty()
    if (existsSync(folder)) expect(readdirSync(folder)).toEqual([])
  })
})
