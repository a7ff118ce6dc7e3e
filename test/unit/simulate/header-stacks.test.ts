import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../src/core/time.ts'
import { stacksFromData } from '../../../src/simulate/header-stacks-from-data.ts'
import { HEADER_STACKS } from '../../../src/simulate/header-stacks.ts'
import { createInstallations } from '../../../src/simulate/installations.ts'
import { tempDir } from '../../support/temp-dir.ts'

const AT_MS = Date.UTC(2026, 4, 1)
const LINUX = { os: 'Linux', arch: 'x64' } as const

const captured = (...rows: unknown[]): string => {
  const folder = tempDir()
  mkdirSync(join(folder, 'ua'))
  writeFileSync(
    join(folder, 'ua/sdk_request_headers.jsonl'),
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  )
  return folder
}

const ROW = {
  client: 'openai (node)',
  version: '6.49.0',
  runtime: 'v20.20.2',
  headers: [
    ['host', '<host>'],
    ['user-agent', 'OpenAI/JS 6.49.0'],
    ['x-stainless-package-version', '6.49.0'],
    ['X-Stainless-OS', 'Linux'],
    ['x-stainless-runtime-version', 'v20.20.2'],
    ['authorization', '<redacted>'],
    ['content-length', '57'],
  ],
}

describe('header sets', () => {
  it('are taken from captured requests in their order and case, without credentials', () => {
    const stack = stacksFromData(captured(ROW)).find(({ name }) => name === 'openai-js')
    expect(stack?.headers).toEqual(
      [
        ['host', 'api.example.com'],
        ['user-agent', 'OpenAI/JS %v'],
        ['x-stainless-package-version', '%v'],
        ['X-Stainless-OS', '%o'],
        ['x-stainless-runtime-version', '%r'],
      ].flat(),
    )
    expect(stack?.version(0)).toBe('6.49.0')
    expect(stack?.version(3)).toBe('6.52.0')
  })

  it('come built in where a folder has none, or none that can be read', () => {
    const names = (folder: string): string[] => stacksFromData(folder).map(({ name }) => name)
    const builtIn = HEADER_STACKS.map(({ name }) => name).toSorted()
    expect(names(tempDir())).toEqual(builtIn)
    expect(names(captured({ client: 'axios', headers: 7 }, { client: 'curl' }, []))).toEqual(
      builtIn,
    )
  })

  it('move on with the releases of their project, and say one system everywhere', () => {
    const install = createInstallations()
    for (const stack of HEADER_STACKS) {
      const installation = install(stack, LINUX, 0)
      const sets = new Set(
        Array.from({ length: 8 }, (_, week) => installation(AT_MS + week * 7 * DAY_MS)),
      )
      expect(installation(AT_MS).join()).not.toMatch(/%[voar]/)
      if (stack.everyDays <= 7) expect(sets.size).toBeGreaterThanOrEqual(7)
      else expect(sets.size).toBeLessThan(5)
    }
  })
})
