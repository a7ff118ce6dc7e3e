import { isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import type { Problem } from './problem.ts'
import { offsetInScalar } from './scalar-offset.ts'

const MAX_BYTES = 4 * 1024 * 1024
const MAX_ALIASES = 10
const MAX_YAML_ERRORS = 100

/** A parsed file that still knows where everything in it stands. */
export type Positioned<T> = {
  readonly value: T
  readonly problemAt: ProblemAt
}

/** Makes a problem at the node of a path, or at the key itself. `offset` counts into a scalar. */
export type ProblemAt = (
  path: readonly PropertyKey[],
  what: string,
  instead: string,
  options?: { readonly onKey?: boolean; readonly offset?: number },
) => Problem

type Place = { readonly offset: number }

/** The position of a path: the node itself, or the deepest ancestor that exists. */
const placeOf = (
  document: Document,
  source: string,
  path: readonly PropertyKey[],
  options: { readonly onKey?: boolean; readonly offset?: number } = {},
): Place => {
  for (let depth = path.length; depth >= 0; depth--) {
    const parent: unknown = document.getIn(path.slice(0, depth - 1), true)
    if (options.onKey === true && depth === path.length && isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1))
      const keyRange = isScalar(pair?.key) ? pair.key.range : undefined
      if (keyRange) return { offset: keyRange[0] }
    }
    const node: unknown =
      depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    const range = (node as Node | null | undefined)?.range
    if (!range) continue
    const inside = depth === path.length && options.offset !== undefined && isScalar(node)
    return {
      offset: inside
        ? offsetInScalar(source, range, String(node.value), options.offset)
        : Math.min(range[0], source.length),
    }
  }
  return { offset: 0 }
}

const listed = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(', ')

const MISSING = 'a required key is missing'

/** What zod calls the types whose names are not those of the documents. */
const PLAIN: { readonly [word: string]: string } = {
  int: 'a whole number',
  boolean: 'true or false',
}

const article = (word: string): string =>
  PLAIN[word] ?? `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`

/** Words for a zod issue: what is wrong and what to write instead. */
const wordsOf = (issue: z.core.$ZodIssue): { what: string; instead: string } => {
  // Schemas of this project phrase their own messages as "what; instead"; zod's never hold a semicolon.
  const own = issue.message.indexOf('; ')
  if (own !== -1) {
    return { what: issue.message.slice(0, own), instead: issue.message.slice(own + 2) }
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return {
        what: `unknown key ${listed(issue.keys)}`,
        instead: 'remove it or correct its spelling',
      }
    case 'invalid_type':
      return issue.input === undefined
        ? { what: MISSING, instead: `write ${article(issue.expected)}` }
        : {
            what: `not ${article(issue.expected)}`,
            instead: `write ${article(issue.expected)}`,
          }
    case 'invalid_value':
      return {
        what: issue.input === undefined ? MISSING : 'not one of the allowed values',
        instead: `write ${issue.values.length > 1 ? 'one of ' : ''}${listed(issue.values)}`,
      }
    case 'too_small':
      return { what: 'too small or too short', instead: `write at least ${String(issue.minimum)}` }
    case 'too_big':
      return { what: 'too large or too long', instead: `write at most ${String(issue.maximum)}` }
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
  }
  const what = issue.input === undefined ? MISSING : issue.message
  return { what, instead: 'see the documentation of this key' }
}

/**
 * Parses a YAML file against a strict schema and reports every problem at once, each with its position.
 * Aliases are capped, duplicate keys refused, files over 4 MiB refused (YAML 1.2 core schema). `adjust`
 * may change the plain value before the schema sees it and report problems of its own.
 */
export const parseDocumentWith = <S extends z.ZodType>(
  file: string,
  source: string,
  schema: S,
  adjust: (plain: unknown, problemAt: ProblemAt) => { plain: unknown; problems: Problem[] } = (
    plain,
  ) => ({ plain, problems: [] }),
): { ok: true; document: Positioned<z.output<S>> } | { ok: false; problems: Problem[] } => {
  const lines = new LineCounter()
  const at = (offset: number, what: string, instead: string): Problem => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), col: Math.max(1, col), what, instead }
  }
  if (source.length > MAX_BYTES) {
    return { ok: false, problems: [at(0, 'the file is over 4 MiB', 'split it into several files')] }
  }
  const document = parseDocument(source, {
    lineCounter: lines,
    version: '1.2',
    uniqueKeys: true,
    // Otherwise a key that is a list makes the library write to the standard error.
    logLevel: 'error',
    // An excerpt for every error takes seconds for a file of nothing but errors.
    prettyErrors: false,
  })
  const broken = [...document.errors, ...document.warnings].slice(0, MAX_YAML_ERRORS)
  if (broken.length > 0) {
    return {
      ok: false,
      problems: broken.map((error) =>
        error.code === 'MULTIPLE_DOCS'
          ? at(error.pos[0], 'a second document begins here', 'write one document a file')
          : at(error.pos[0], `not valid YAML: ${firstLine(error.message)}`, 'correct the YAML'),
      ),
    }
  }
  let plain: unknown
  try {
    plain = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch {
    return {
      ok: false,
      problems: [at(0, 'too many aliases', `use at most ${MAX_ALIASES}, or write the values out`)],
    }
  }
  const problemAt: ProblemAt = (path, what, instead, options) =>
    at(placeOf(document, source, path, options).offset, what, instead)
  const adjusted = adjust(plain, problemAt)
  const parsed = schema.safeParse(adjusted.plain, { reportInput: true })
  if (!parsed.success) {
    const { issues } = parsed.error
    // A text has a length too: bounds that were meant for a list say nothing about what is no list.
    const mistyped = new Set(
      issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => path.join('.')),
    )
    const problems = issues.flatMap((issue) => {
      if (issue.code !== 'invalid_type' && mistyped.has(issue.path.join('.'))) return []
      const { what, instead } = wordsOf(issue)
      const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) =>
          problemAt([...issue.path, key], `${where}unknown key ${JSON.stringify(key)}`, instead, {
            onKey: true,
          }),
        )
      }
      return [problemAt(issue.path, `${where}${what}`, instead)]
    })
    return {
      ok: false,
      problems: [
        ...adjusted.problems,
        ...problems.filter((problem) => !isFollowUp(problem, adjusted.problems)),
      ],
    }
  }
  if (adjusted.problems.length > 0) return { ok: false, problems: adjusted.problems }
  return { ok: true, document: { value: parsed.data, problemAt } }
}

const firstLine = (message: string): string =>
  message.split('\n', 1)[0]?.replace(/( at line \d+, column \d+)?:$/, '') ?? message

/** A value that could not be worked out is bad for the schema too; one word about it is enough. */
const isFollowUp = (problem: Problem, causes: readonly Problem[]): boolean =>
  causes.some(({ line, col }) => line === problem.line && col === problem.col)
