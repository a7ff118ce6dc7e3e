import type { z } from 'zod'
import type { Problem } from '../core/problem.ts'
import { mapJsonLine } from './account-line-map.ts'
import { ACCOUNT_RECORD, type AccountRecord } from './account-record.ts'

/** One line of the accounts file: an account, or all that is wrong with it. */
export type AccountLine =
  | { readonly ok: true; readonly record: AccountRecord }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const wordsOf = (issue: z.core.$ZodIssue): readonly [what: string, instead: string] => {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? ['a required key is missing', `write a ${issue.expected}`]
      : [`expected ${issue.expected}`, `write a ${issue.expected}, or leave the key out`]
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map((value) => JSON.stringify(value)).join(', ')
    return ['not one of the allowed values', `write one of ${allowed}`]
  }
  const [what = '', instead = 'write a value within the documented bounds'] =
    issue.message.split('; ')
  return [what, instead]
}

/**
 * Reads one line of an accounts file. Every problem of the line comes at once, with its column; nothing
 * of the line is quoted beyond names of keys, since it may hold credentials.
 */
export const parseAccountLine = (file: string, line: number, text: string): AccountLine => {
  let value: unknown
  let broken = false
  try {
    value = JSON.parse(text)
  } catch {
    broken = true
  }
  const parsed = ACCOUNT_RECORD.safeParse(value, { reportInput: true })
  if (!broken && parsed.success) return { ok: true, record: parsed.data }

  const map = mapJsonLine(text)
  const at = (offset: number, what: string, instead: string): Problem => ({
    file,
    line,
    col: offset + 1,
    what,
    instead,
  })
  if (broken || parsed.success) {
    const where = map.brokenAt ?? text.length
    return { ok: false, problems: [at(where, 'not valid JSON', 'write one JSON object a line')] }
  }
  const problems = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        at(
          map.offsetOf([...issue.path, key]),
          `unknown key ${JSON.stringify([...issue.path, key].map(String).join('.'))}`,
          'remove it or correct its spelling',
        ),
      )
    }
    const [what, instead] = wordsOf(issue)
    const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
    return [at(map.offsetOf(issue.path), `${where}${what}`, instead)]
  })
  if (map.doubledAt !== undefined) {
    problems.push(at(map.doubledAt, 'this key stands twice in its object', 'remove one of them'))
  }
  return { ok: false, problems }
}
