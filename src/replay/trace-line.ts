import { isUtf8 } from 'node:buffer'
import { isIP } from 'node:net'
import type { z } from 'zod'
import type { Usage } from '../core/call.ts'
import type { Problem } from '../core/problem.ts'
import { createRecent } from '../core/recent.ts'
import {
  MIN_CALL_MS,
  rawHeadersOf,
  recordedCallOf,
  TRACE_CALL,
  traceHeaders,
  UNLABELLED,
  type RecordedCall,
  type Solves,
} from '../core/trace.ts'
import { mapJsonLine, type LineMap } from '../signals/account-line-map.ts'
import { cutLine, type CutLine } from './cut-line.ts'

/** One line of a trace: a call, or all that is wrong with it. */
export type TraceLine =
  | { readonly ok: true; readonly call: RecordedCall }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const REMEMBERED_HEADERS = 10_000
const MAX_HEADERS_CHARS = 8_192
const NOTHING = Buffer.alloc(0)
const NULL = 'null'
const KEYS = new Set(Object.keys(TRACE_CALL.shape))

const isCount = (value: unknown): value is number | undefined =>
  value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)

/** The usage of an ordinary line; `false` for one that has to be looked at closely. */
const plainUsage = (value: unknown): Usage | undefined | false => {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  let keys = 0
  for (const _ in value) keys++
  // Counts are checked one by one below; keys that are not known make the numbers differ.
  const { input_tokens: inputTokens, output_tokens: outputTokens } = value as {
    readonly input_tokens?: unknown
    readonly output_tokens?: unknown
  }
  const known = (inputTokens === undefined ? 0 : 1) + (outputTokens === undefined ? 0 : 1)
  if (keys !== known || !isCount(inputTokens) || !isCount(outputTokens)) return false
  return { inputTokens, outputTokens }
}

const plainSolves = (value: unknown): Solves | undefined | false => {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null) return false
  const { proof_of_work, human, step_up, ...others } = value as { readonly [key: string]: unknown }
  for (const _ in others) return false
  const isAnswer = (one: unknown): one is boolean | undefined =>
    one === undefined || typeof one === 'boolean'
  return isAnswer(proof_of_work) && isAnswer(human) && isAnswer(step_up)
    ? { proof_of_work, human, step_up }
    : false
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isOptional = (value: unknown): value is string | undefined =>
  value === undefined || isText(value)

const bodyOf = (raw: Buffer | undefined): Uint8Array =>
  raw === undefined || (raw.length === NULL.length && raw.toString('latin1') === NULL)
    ? NOTHING
    : raw

const wordsOf = (issue: z.core.$ZodIssue): readonly [what: string, instead: string] => {
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return ['a required key is missing', 'write it']
  // Schemas of this project phrase their own messages as "what; instead"; zod's never hold a semicolon.
  const [what = '', instead] = issue.message.split('; ')
  if (instead !== undefined) return [what, instead]
  if (issue.code === 'invalid_type')
    return [`expected ${issue.expected}`, `write ${issue.expected}`]
  return [
    'not as a trace has it',
    'write headers as an object of texts, or as a list of pairs of them',
  ]
}

/** Everything that is wrong with a line, in words; nothing of it is quoted but the names of keys. */
const problemsOf = (
  at: (offset: number, what: string, instead: string) => Problem,
  map: LineMap,
  issues: readonly z.core.$ZodIssue[],
): Problem[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const path = [...issue.path, key]
        const name = JSON.stringify(path.map(String).join('.').slice(0, 128))
        return at(map.offsetOf(path), `unknown key ${name}`, 'remove it or correct its spelling')
      })
    }
    const [what, instead] = wordsOf(issue)
    const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `
    return [at(map.offsetOf(issue.path), `${where}${what}`, instead)]
  })

/**
 * Reads lines of a trace. An ordinary line costs one small `JSON.parse`, of what is left without body and
 * headers; any other is parsed whole and checked against the schema, which finds the words for it. The
 * body is not parsed here: whether it is JSON the guard itself finds out.
 */
export const createTraceLines = (file: string): ((bytes: Buffer, line: number) => TraceLine) => {
  const lists = createRecent<string, readonly string[]>(REMEMBERED_HEADERS)

  const headersOf = (text: string | undefined): readonly string[] | undefined => {
    if (text === undefined) return []
    const known = lists.get(text)
    if (known !== undefined) return known
    const parsed = traceHeaders.safeParse(JSON.parse(text))
    if (!parsed.success) return undefined
    const list = rawHeadersOf(parsed.data)
    if (text.length <= MAX_HEADERS_CHARS) lists.set(text, list)
    return list
  }

  const ordinary = ({ rest, members, headers, body }: CutLine): RecordedCall | undefined => {
    // The line is an object, or this throws; each key that is read is checked.
    const value = JSON.parse(rest) as { readonly [key: string]: unknown }
    let keys = 0
    for (const key in value) {
      if (!KEYS.has(key)) return undefined
      keys++
    }
    const { at, account, ip, method, path, label = UNLABELLED } = value
    const usage = plainUsage(value['usage'])
    const solves = plainSolves(value['solves'])
    const rawHeaders = headersOf(headers)
    const sound =
      keys === members &&
      Number.isSafeInteger(at) &&
      Number(at) >= MIN_CALL_MS &&
      isOptional(account) &&
      isText(ip) &&
      isIP(ip) !== 0 &&
      !ip.includes('%') &&
      isText(method) &&
      isText(path) &&
      path.startsWith('/') &&
      typeof label === 'string' &&
      label.length <= 256 &&
      usage !== false &&
      solves !== false
    if (!sound || rawHeaders === undefined) return undefined
    return {
      atMs: Number(at),
      account,
      ip,
      method,
      path,
      rawHeaders,
      body: bodyOf(body),
      usage,
      label: label === '' ? UNLABELLED : label,
      solves,
    }
  }

  const closely = (text: string, line: number): TraceLine => {
    const at = (offset: number, what: string, instead: string): Problem => ({
      file,
      line,
      col: offset + 1,
      what,
      instead,
    })
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      const where = mapJsonLine(text).brokenAt ?? text.length
      return { ok: false, problems: [at(where, 'not valid JSON', 'write one JSON object a line')] }
    }
    const parsed = TRACE_CALL.safeParse(value, { reportInput: true })
    const map = mapJsonLine(text)
    const problems = parsed.success ? [] : problemsOf(at, map, parsed.error.issues)
    if (map.doubledAt !== undefined && !isInBody(map)) {
      problems.push(at(map.doubledAt, 'this key stands twice in its object', 'remove one of them'))
    }
    if (!parsed.success || problems.length > 0) return { ok: false, problems }
    return { ok: true, call: recordedCallOf(parsed.data) }
  }

  return (bytes, line) => {
    if (!isUtf8(bytes)) {
      const what = 'not valid UTF-8'
      return { ok: false, problems: [{ file, line, col: 1, what, instead: 'write UTF-8' }] }
    }
    try {
      const cut = cutLine(bytes)
      const call = cut === undefined ? undefined : ordinary(cut)
      if (call !== undefined) return { ok: true, call }
    } catch {
      // Not JSON: said below, with its place.
    }
    return closely(bytes.toString('utf8'), line)
  }
}

/** A key that stands twice inside the body is for the guard to refuse. */
const isInBody = (map: LineMap): boolean => {
  const bodyAt = map.offsetOf(['body'])
  return bodyAt > 0 && (map.doubledAt ?? 0) > bodyAt
}
