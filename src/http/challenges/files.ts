import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ANY_ORIGIN } from './cross-origin.ts'
import { headerOf } from './headers.ts'
import { bytesOf, type Reply } from './reply.ts'

const TYPES = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ts: 'text/plain; charset=utf-8',
  py: 'text/plain; charset=utf-8',
} as const

type Extension = keyof typeof TYPES

/** A file that is served: what it is called, and where it lies. */
export type ServedFile = {
  /** Path below `/.stillwatch/`. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Whether programs and pages of other origins may read it. */
  readonly anyOrigin?: boolean
}

const HERE = join(import.meta.dirname, 'assets')

/** Where the package `altcha` keeps what it publishes: it exports its main file in `dist/main`. */
const altchaDist = (): string => dirname(dirname(createRequire(import.meta.url).resolve('altcha')))

/** What the pages load. */
export const pageFiles = (): readonly ServedFile[] => {
  const altcha = altchaDist()
  const own = [
    'page.css',
    'icon.svg',
    'answering.js',
    'local-times.js',
    'proof-of-work.js',
    'human.js',
    'step-up.js',
  ]
  return [
    ...own.map((name) => ({ name: `assets/${name}`, path: join(HERE, name) })),
    { name: 'assets/altcha.js', path: join(altcha, 'external/altcha.min.js') },
    { name: 'assets/altcha.css', path: join(altcha, 'external/altcha.css') },
    { name: 'assets/altcha-pbkdf2.js', path: join(altcha, 'workers/pbkdf2.js') },
  ]
}

/** A file keeps its name over versions, so that it may be kept for a page and a reload, not for an upgrade. */
const CACHING = 'public, max-age=300'

/**
 * Reads every file of an allow-list once and answers for it. The function gives `undefined` for a name that
 * is not on the list: no path is ever made of what a client sends. Throws where a file cannot be read.
 */
export const createFiles = (
  files: readonly ServedFile[],
): ((name: string, rawHeaders: readonly string[]) => Reply | undefined) => {
  const replies = new Map(
    files.map(({ name, path, anyOrigin }) => {
      const body = readFileSync(path)
      const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
      // The list is ours: every name on it ends with one of these.
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1) as Extension]
      const rawHeaders = ['content-type', type, 'cache-control', CACHING, 'etag', tag]
      const origin =
        anyOrigin === true ? ANY_ORIGIN : ['cross-origin-resource-policy', 'same-origin']
      return [name, { tag, reply: { status: 200, rawHeaders: [...rawHeaders, ...origin], body } }]
    }),
  )
  return (name, rawHeaders) => {
    const file = replies.get(name)
    if (file === undefined) return undefined
    const known = headerOf(rawHeaders, 'if-none-match')
    const same = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === file.tag)
    return same ? { ...file.reply, status: 304, body: bytesOf('') } : file.reply
  }
}
