import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFleetSize } from '../../src/app-fleet-size.ts'

const fresh = () => mkdtempSync(join(tmpdir(), 'stillwatch-size-'))
const open = (path: string, readOnly = false) =>
  openFleetSize({ dataDir: { path, rootKey: new Uint8Array(32), readOnly } })

describe('the size of the fleet', () => {
  it('is remembered over a restart, so that a replica without its store takes no more than its share', () => {
    const path = fresh()
    expect(open(path).knownBefore).toBe(1)
    open(path).heard(3)
    expect(open(path).knownBefore).toBe(3)
    open(path, true).heard(7)
    expect(open(path).knownBefore).toBe(3)
  })

  it.each(['', '0', '-3', '2.5', 'many', '1e9'])('is one where the file says %j', (said) => {
    const path = fresh()
    writeFileSync(join(path, 'fleet-size'), said)
    expect(open(path).knownBefore).toBe(1)
  })

  it('stays in memory where the folder cannot be written to', () => {
    const size = open('/proc/no-such-folder')
    size.heard(3)
    expect(size.knownBefore).toBe(1)
  })
})
