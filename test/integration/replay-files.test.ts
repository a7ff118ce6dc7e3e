import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { aLine, runReplay, START_MS } from '../support/a-replay.ts'

describe('the files of a replay', () => {
  const outputs = ['records.ndjson', 'summary.json']

  it('are for their owner alone, also where others could read what was there', async () => {
    const { folder, err } = await runReplay({ trace: [aLine()], out: 'records.ndjson' })
    expect(err).toBe('')
    for (const name of outputs) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
    }
    for (const name of [...outputs, 'records.ndjson.part']) {
      writeFileSync(join(folder, name), 'x', { mode: 0o644 })
    }
    await runReplay({ trace: [aLine()], out: 'records.ndjson', folder })
    for (const name of outputs) {
      expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600)
    }
  })

  it('take the place of earlier ones, which is said', async () => {
    const { folder } = await runReplay({ trace: [aLine()], out: 'records.ndjson' })
    const { err } = await runReplay({ trace: [aLine()], out: 'records.ndjson', folder })
    expect(err).toBe(
      [
        `stillwatch: --out ${join(folder, 'records.ndjson')} replaces what a replay left there\n`,
        `stillwatch: --summary ${join(folder, 'summary.json')} replaces what a replay left there\n`,
      ].join(''),
    )
  })
})

describe('the records of a replay', () => {
  it('are one a call, with its label, gzip by the name', async () => {
    const trace = Array.from({ length: 3_000 }, (_, n) =>
      aLine({ at: START_MS + n, label: `n ${n}` }),
    )
    const { read, exit } = await runReplay({ trace, out: 'records.ndjson.gz' })
    expect(exit).toBe(0)
    const records = gunzipSync(read('records.ndjson.gz')).toString().trim().split('\n')
    expect(records).toHaveLength(3_000)
    expect(JSON.parse(records[2_999] ?? '')).toMatchObject({
      v: 1,
      label: 'n 2999',
      'stillwatch.ruling': 'throttle',
    })
  })

  it('that cannot be written end the replay with a word on why', async () => {
    const { exit, err } = await runReplay({ trace: [aLine()], out: 'missing/records.ndjson' })
    expect(exit).toBe(3)
    expect(err).toContain('ENOENT')
  })
})
