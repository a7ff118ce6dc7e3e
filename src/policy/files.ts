import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Problem } from '../core/problem.ts'
import type { PolicyDocument } from './read-policy-document.ts'

const MAX_FILES = 1_000
const MAX_BYTES = 4 * 1024 * 1024
const CASES = '.cases.yaml'

/** The files some patterns name, read together, or why they cannot be. */
export type PolicyFiles =
  | { readonly ok: true; readonly documents: readonly PolicyDocument[]; readonly hash: string }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly hash: string }

/** A pattern, resolved: a folder, and what the names of files in it must look like. */
type Resolved = { readonly pattern: string; readonly folder: string; readonly name: string }

const resolved = (pattern: string, base: string): Resolved => ({
  pattern,
  folder: resolve(base, dirname(pattern)),
  name: basename(pattern),
})

const hasWildcard = (text: string): boolean => /[*?]/.test(text)

const matcherOf = (name: string): RegExp => {
  const literal = name.replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`)
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'

const atStart = (file: string, what: string, instead: string): Problem => ({
  file,
  line: 1,
  col: 1,
  what,
  instead,
})

/** Folders that hold the files of some patterns: what has to be watched. */
export const foldersOf = (patterns: readonly string[], base: string): readonly string[] => [
  ...new Set(patterns.map((pattern) => resolved(pattern, base).folder)),
]

/** Paths of the files a pattern names, as the operator would name them. */
const namesOf = async (
  { pattern, folder, name }: Resolved,
  report: (problem: Problem) => void,
): Promise<readonly string[]> => {
  if (hasWildcard(dirname(pattern))) {
    report(atStart(pattern, 'a folder with a wildcard', 'write one pattern a folder'))
    return []
  }
  const shown = dirname(pattern)
  if (!hasWildcard(name)) return [pattern]
  try {
    const matches = matcherOf(name)
    return (await readdir(folder))
      .filter((file) => matches.test(file) && !file.startsWith('.') && !file.endsWith(CASES))
      .map((file) => join(shown, file))
  } catch (error) {
    report(atStart(pattern, `the folder cannot be read (${codeOf(error)})`, 'make it readable'))
    return []
  }
}

const readDocument = async (
  file: string,
  base: string,
  report: (problem: Problem) => void,
): Promise<PolicyDocument | undefined> => {
  const path = resolve(base, file)
  try {
    const found = await stat(path)
    // A pipe or a device would be read for ever.
    if (!found.isFile()) report(atStart(file, 'not an ordinary file', 'write a YAML file'))
    else if (found.size <= MAX_BYTES) return { file, source: await readFile(path, 'utf8') }
    else report(atStart(file, 'the file is over 4 MiB', 'split it into several files'))
  } catch (error) {
    report(atStart(file, `the file cannot be read (${codeOf(error)})`, 'make it readable'))
  }
  return undefined
}

const hashOf = (documents: readonly PolicyDocument[], problems: readonly Problem[]): string => {
  const hash = createHash('sha256')
  for (const { file, source } of documents) hash.update(`${file}\n${source.length}\n${source}\n`)
  for (const { file, what } of problems) hash.update(`${file}\n${what}\n`)
  return hash.digest('hex')
}

const readOnce = async (patterns: readonly string[], base: string): Promise<PolicyFiles> => {
  const problems: Problem[] = []
  const report = (problem: Problem): void => {
    problems.push(problem)
  }
  const lists = await Promise.all(
    patterns.map((pattern) => namesOf(resolved(pattern, base), report)),
  )
  const files = [...new Set(lists.flat())].toSorted()
  if (files.length > MAX_FILES) {
    report(atStart(patterns[0] ?? '', `over ${MAX_FILES} files`, 'merge some of them'))
  } else if (files.length === 0 && problems.length === 0) {
    report(atStart(patterns[0] ?? '', 'no policy file matches', 'add one, or correct the pattern'))
  }
  const read = await Promise.all(
    files.slice(0, MAX_FILES).map((file) => readDocument(file, base, report)),
  )
  const documents = read.filter((document) => document !== undefined)
  const hash = hashOf(documents, problems)
  return problems.length > 0 ? { ok: false, problems, hash } : { ok: true, documents, hash }
}

/**
 * Reads every policy file that `patterns` name, relative to the folder `base`. `*` and `?` may stand in
 * the name of a file, not of a folder; files ending in `.cases.yaml` and dot files are never policies.
 * A set that changes while it is read (a folder swapped by a symbolic link) is read again, so that half
 * an old and half a new set are not taken for one.
 */
export const readPolicyFiles = async (
  patterns: readonly string[],
  base: string,
): Promise<PolicyFiles> => {
  let last = await readOnce(patterns, base)
  for (let attempt = 0; attempt < 3; attempt++) {
    const next = await readOnce(patterns, base)
    if (next.hash === last.hash) return next
    last = next
  }
  return last
}
