import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { simulate, type SimulateOptions } from '../../../src/commands/simulate.ts'
import { tempDir } from '../../support/temp-dir.ts'

const NAIVE = new URL('../../../config/scenarios/naive.yaml', import.meta.url).pathname
const CONFIG = new URL('../../../config/guard.yaml', import.meta.url).pathname

const run = async (
  options: Partial<SimulateOptions>,
): Promise<{ code: number; out: string; err: string }> => {
  const out = new PassThrough()
  const err = new PassThrough()
  const code = await simulate(
    { config: 'none', json: false, scenario: NAIVE, replay: false, scale: 0.002, ...options },
    { out, err },
  )
  const text = (stream: PassThrough): string => String(stream.read() ?? '')
  return { code, out: text(out), err: text(err) }
}

describe('the command simulate', () => {
  it('writes a scenario and says how much it was', async () => {
    const folder = join(tempDir(), 'out')
    const { code, out } = await run({ out: folder, json: true })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ out: folder, accounts: expect.any(Number) })
  })

  it.each<[string, Partial<SimulateOptions>, RegExp]>([
    ['neither a folder nor a replay', {}, /either --out DIR or --replay/],
    ['both', { out: 'x', replay: true }, /either --out DIR or --replay/],
    ['a summary without a replay', { out: 'x', summary: 'y' }, /--summary needs --replay/],
    ['a data folder that is none', { out: 'x', data: NAIVE }, /is no folder/],
  ])('wants to be told what to do: %s is wrong usage', async (_, options, words) => {
    const { code, err } = await run(options)
    expect(code).toBe(2)
    expect(err).toMatch(words)
  })

  it('replays a scenario, and says why nothing is acted on', async () => {
    const summary = join(tempDir(), 'summary.json')
    const { code, out } = await run({ replay: true, config: CONFIG, summary })
    expect(code).toBe(0)
    expect(out).toMatch(/\nNothing is acted on: \d+ proven entities .*; 500 are needed\./)
    expect(out).not.toContain('are not in')
    expect(JSON.parse(readFileSync(summary, 'utf8'))).toMatchObject({
      cut: false,
      accounts: { unknown: 0, unknown_calls: 0 },
      detector: { acting: false, min_reference: 500 },
    })
    expect(statSync(summary).mode & 0o777).toBe(0o600)
  })

  it('tells problems of a scenario with their places', async () => {
    const file = join(tempDir(), 'bad.yaml')
    writeFileSync(file, 'version: 1\nname: x\nstart: "2026-04-22"\ndays: none\n')
    const { code, out, err } = await run({ scenario: file, out: 'x' })
    expect(code).toBe(1)
    expect(out + err).toMatch(/bad\.yaml:4:7: days: not a number; write a number/)
    const missing = await run({ scenario: `${file}.not`, out: 'x' })
    expect(missing.code).toBe(1)
    expect(missing.out + missing.err).toMatch(/cannot be read \(ENOENT\)/)
  })
})
