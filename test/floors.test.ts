import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** Floor of each folder. Imports go down; folders of floor 1 do not know each other. */
const FLOORS: { readonly [folder: string]: number } = {
  core: 0,
  policy: 1,
  signals: 1,
  limits: 1,
  dialects: 1,
  upstream: 1,
  sinks: 1,
  store: 1,
  workers: 1,
  campaigns: 1,
  challenges: 1,
  overrides: 1,
  guard: 2,
  http: 3,
  demo: 3,
  replay: 3,
  simulate: 3,
  '': 4,
  commands: 5,
  'main.ts': 6,
}

/** Packages and modules that reach outside the process, and the only files that may use them. */
const EDGES: { readonly [module: string]: RegExp } = {
  maxmind: /^signals\/(geo|mmdb)[\w-]*\.ts$/,
  undici: /^(upstream\/|signals\/account-|signals\/jwt-|challenges\/human-)[\w-]*\.ts$/,
  'altcha-lib': /^challenges\//,
  'altcha-lib/algorithms/pbkdf2': /^challenges\//,
  'rate-limiter-flexible': /^limits\//,
  'node:fs':
    /^(settings|store\/script|signals\/|campaigns\/|challenges\/|overrides\/|limits\/|policy\/live|policy\/files|sinks\/|http\/admin\/|http\/challenges\/|commands\/|demo\/|replay\/|simulate\/|app|data-dir)/,
  'node:fs/promises':
    /^(settings|store\/script|signals\/|campaigns\/|challenges\/|overrides\/|limits\/|policy\/live|policy\/files|sinks\/|http\/admin\/|http\/challenges\/|commands\/|demo\/|replay\/|simulate\/|app|data-dir)/,
  'node:http': /^(http\/|demo\/|app)/,
  'node:sqlite': /^(sinks\/|data-dir)/,
  ioredis: /^store\//,
  'node:cluster': /^(workers\/|commands\/serve)/,
  chokidar: /^(signals|policy)\//,
}

const MAX_LINES = 300
const MAX_PATH_LINES = 100

type File = { readonly name: string; readonly source: string }

const filesBelow = (folder: string): File[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, source: readFileSync(join(folder, name), 'utf8') }))

const folderOf = (name: string): string => {
  if (name === 'main.ts') return name
  const folder = dirname(name).split('/')[0] ?? ''
  return folder === '.' ? '' : folder
}

const importsOf = (source: string): string[] =>
  [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')

/** Every way a set of files breaks the house rules, in words. */
const violations = (files: readonly File[]): string[] =>
  files.flatMap(({ name, source }) => {
    const found: string[] = []
    const here = folderOf(name)
    const floor = FLOORS[here]
    if (floor === undefined) return [`${name}: the folder ${here} has no floor`]
    for (const target of importsOf(source)) {
      if (!target.startsWith('.')) {
        const allowed = EDGES[target]
        if (allowed !== undefined && !allowed.test(name)) found.push(`${name} imports ${target}`)
        continue
      }
      const there = folderOf(relative(SRC, resolve(SRC, dirname(name), target)))
      const below = FLOORS[there]
      if (below === undefined || (there !== here && below >= floor)) {
        found.push(`${name} imports ${target}, which is not below it`)
      }
    }
    const lines = source.split('\n').length - 1
    if (lines > MAX_LINES) found.push(`${name} has ${lines} lines`)
    if (name === 'guard/guard.ts' && lines > MAX_PATH_LINES)
      found.push(`${name} has ${lines} lines`)
    if (/\bprocess\.env\b/.test(source) && !/^(settings|commands\/)/.test(name)) {
      found.push(`${name} reads process.env`)
    }
    if (/(^|\/)(utils?|helpers?|common|managers?|misc)\b/.test(name))
      found.push(`${name} says nothing`)
    return found
  })

describe('the floors of the house', () => {
  const files = filesBelow(SRC)

  it('sees the files it judges', () => {
    expect(files.length).toBeGreaterThan(40)
    expect(files.flatMap(({ source }) => importsOf(source)).length).toBeGreaterThan(200)
  })

  it('are kept: imports go down, edges stay at the edge, files stay small', () => {
    expect(violations(files)).toEqual([])
  })

  it.each<[string, File]>([
    ['an import upwards', { name: 'core/x.ts', source: "import { a } from '../guard/guard.ts'" }],
    [
      'an import of types upwards',
      { name: 'core/x.ts', source: "import type { A } from '../policy/compile.ts'" },
    ],
    [
      'an import of a sibling',
      { name: 'limits/x.ts', source: "import { a } from '../policy/decide.ts'" },
    ],
    ['a dynamic import upwards', { name: 'core/x.ts', source: "await import('../app.ts')" }],
    [
      'input and output in the core',
      { name: 'core/x.ts', source: "import { readFileSync } from 'node:fs'" },
    ],
    [
      'a database outside its edge',
      { name: 'guard/x.ts', source: "import { Reader } from 'maxmind'" },
    ],
    ['the environment outside the settings', { name: 'guard/x.ts', source: 'process.env.HOME' }],
    ['a file that is too long', { name: 'core/x.ts', source: '\n'.repeat(MAX_LINES + 1) }],
    [
      'a path of a call that is too long',
      { name: 'guard/guard.ts', source: '\n'.repeat(MAX_PATH_LINES + 1) },
    ],
    ['a folder without a floor', { name: 'plugins/x.ts', source: '' }],
    ['a room without a name', { name: 'core/utils.ts', source: '' }],
  ])('catch %s', (_, file) => {
    expect(violations([file])).not.toEqual([])
  })
})
