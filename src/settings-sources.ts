import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import type { Problem } from './core/problem.ts'
import type { ProblemAt } from './core/document.ts'

/** Where values beside the file come from. */
export type Sources = {
  readonly environment: { readonly [name: string]: string | undefined }
  /** Folder that `${file:…}` is relative to. */
  readonly folder: string
}

const PREFIX = 'STILLWATCH__'

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree | unknown[] =>
  typeof value === 'object' && value !== null

/** Keys that would reach into the prototype of a plain object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype'])

const put = (tree: Tree | unknown[], path: readonly string[], value: unknown): boolean => {
  const [key = '', ...rest] = path
  if (FORBIDDEN.has(key) || (Array.isArray(tree) && !/^\d{1,3}$/.test(key))) return false
  // An array is addressed by its index; both kinds are indexed by the same text.
  const owner = tree as Tree
  if (rest.length === 0) {
    owner[key] = value
    return true
  }
  if (!isTree(owner[key])) owner[key] = {}
  return put(owner[key] as Tree, rest, value)
}

/** `${env:NAME}` and `${file:path}` in one string, or the reason one could not be resolved. */
const expand = (
  text: string,
  sources: Sources,
): { text: string } | { what: string; instead: string } => {
  let problem: { what: string; instead: string } | undefined
  const expanded = text.replaceAll(/\$\{(env|file):([^}]*)\}/g, (_, kind: string, name: string) => {
    if (kind === 'env') {
      const value = sources.environment[name]
      if (value !== undefined && value !== '') return value
      problem ??= { what: `the environment variable ${name} is not set`, instead: `set ${name}` }
      return ''
    }
    try {
      return readFileSync(resolve(sources.folder, name), 'utf8').trim()
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
      problem ??= {
        what: `the file ${name} cannot be read (${code})`,
        instead: 'correct the path or its permissions',
      }
      return ''
    }
  })
  return problem ?? { text: expanded }
}

/**
 * Applies `STILLWATCH__SECTION__KEY` overrides (each value read as YAML, so that lists and numbers work),
 * then resolves placeholders in every string. Case of the names does not matter; keys are lower case.
 * `overridden` tells by key which variable a value came from.
 */
export const applySources = (
  plain: unknown,
  problemAt: ProblemAt,
  sources: Sources,
): { plain: unknown; problems: Problem[]; overridden: ReadonlyMap<string, string> } => {
  const problems: Problem[] = []
  const overridden = new Map<string, string>()
  const root: Tree = isTree(plain) && !Array.isArray(plain) ? plain : {}
  for (const [name, text] of Object.entries(sources.environment)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue
    const path = name.slice(PREFIX.length).toLowerCase().split('__')
    let value: unknown
    try {
      value = parse(text)
    } catch {
      problems.push(problemAt([], `${name} is not valid YAML`, 'quote its value'))
      continue
    }
    overridden.set(path.join('.'), name)
    if (!put(root, path, value)) {
      problems.push(problemAt([], `${name} names no setting`, 'correct the name of the variable'))
    }
  }
  const walk = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string') {
      const result = expand(value, sources)
      if ('text' in result) return result.text
      problems.push(problemAt(path, result.what, result.instead))
      return value
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]))
    if (!isTree(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]),
    )
  }
  return { plain: plain === undefined ? plain : walk(root, []), problems, overridden }
}
