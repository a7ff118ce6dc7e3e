import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, statSync, writeFileSync } from 'node:fs'
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
    const second = openDataDir(path)
    expect(second.rootKey).toEqual(first.rootKey)
    second.release()
  })

  it('takes its key from a secret where there is one, the same in every folder', () => {
    const secret = 'a secret that all replicas know, long enough'
    const first = openDataDir(fresh(), secret)
    const second = openDataDir(fresh(), secret)
    const other = openDataDir(fresh(), `${secret}.`)
    expect(first.rootKey).toHaveLength(32)
    expect(second.rootKey).toEqual(first.rootKey)
    expect(other.rootKey).not.toEqual(first.rootKey)
    for (const dir of [first, second, other]) dir.release()
  })

  it('refuses a second process while the first one lives, and is free once it is killed', async () => {
    const path = fresh()
    openDataDir(path).release()
    const entry = new URL('../../src/data-dir.ts', import.meta.url).href
    const hold = `const { openDataDir } = await import('${entry}'); openDataDir(${JSON.stringify(path)}); process.stdout.write('held'); setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', hold], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(other.stdout, 'data')
    expect(() => openDataDir(path)).toThrow('is in use by another running process')
    other.kill('SIGKILL')
    await once(other, 'exit')
    openDataDir(path).release()
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
