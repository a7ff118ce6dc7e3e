import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDataDir } from '../../src/data-dir.ts'

const fresh = () => join(mkdtempSync(join(tmpdir(), 'stillwatch-data-')), 'data')

describe('the data folder', () => {
  it('is made for its owner alone and keeps its key', () => {
    const path = fresh()
    const first = openDataDir(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'root-key')).mode & 0o777).toBe(0o600)
    first.release()
    expect(openDataDir(path).rootKey).toEqual(first.rootKey)
  })

  it('refuses a second process while the first one lives, and says who it is', async () => {
    const path = fresh()
    openDataDir(path).release()
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    writeFileSync(join(path, 'lock'), String(other.pid))
    expect(() => openDataDir(path)).toThrow(`in use by the running process ${other.pid}`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(readFileSync(join(openDataDir(path).path, 'lock'), 'utf8')).toBe(String(process.pid))
  })

  it('says what to do about a damaged key or a path that is no folder', () => {
    const path = fresh()
    openDataDir(path).release()
    writeFileSync(join(path, 'root-key'), 'short')
    expect(() => openDataDir(path)).toThrow('root-key is damaged')
    const file = join(mkdtempSync(join(tmpdir(), 'stillwatch-data-')), 'file')
    writeFileSync(file, '')
    expect(() => openDataDir(file)).toThrow('set data_dir to a writable one')
  })
})
