import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Problem } from '../core/problem.ts'
import { prepareAccount, type AccountTools } from './account.ts'
import { parseAccountLine } from './account-line.ts'
import { eachLine, MAX_LINE_BYTES } from './account-lines.ts'
import { createAccountTable, type AccountTable } from './account-table.ts'

const MAX_SHARED_STRINGS = 50_000
/** Problems that are told in full; the rest are counted. */
const MAX_PROBLEMS = 10

/** What reading an accounts file came to: all of it, or nothing of it and every problem. */
export type LoadedAccounts =
  | { readonly ok: true; readonly table: AccountTable; readonly digest: string }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** SHA-256 of a file's bytes as they lie on the disk, base64. Rejects where it cannot be read. */
export const digestOfFile = async (file: string): Promise<string> => {
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(file)) {
    // A read stream without an encoding yields buffers.
    digest.update(chunk as Buffer)
  }
  return digest.digest('base64')
}

/** One shared copy of each of the strings that many accounts have in common. */
const createIntern = (): ((text: string) => string) => {
  const shared = new Map<string, string>()
  return (text) => {
    const known = shared.get(text)
    if (known !== undefined) return known
    if (shared.size < MAX_SHARED_STRINGS) shared.set(text, text)
    return text
  }
}

/**
 * Reads an accounts file, one JSON object a line, gzip by its name (`.gz`). Works in turns of a few
 * milliseconds, so that calls go on meanwhile. Never rejects: whatever is wrong is a problem.
 */
export const loadAccounts = async (file: string, tools: AccountTools): Promise<LoadedAccounts> => {
  const builder = createAccountTable()
  const problems: Problem[] = []
  const digest = createHash('sha256')
  const sharing: AccountTools = { ...tools, intern: createIntern() }
  let more = 0
  let line = 0

  const report = (what: string, instead: string, col = 1): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ file, line, col, what, instead })
    else more++
  }
  const takeLine = (bytes: Buffer): void => {
    line++
    if (bytes.length > MAX_LINE_BYTES)
      return report('the line is too long', 'keep it below 256 KiB')
    if (!isUtf8(bytes)) return report('not valid UTF-8', 'write the file in UTF-8')
    const text = bytes.toString('utf8')
    if (text.trim() === '') return
    const parsed = parseAccountLine(file, line, text)
    if (!parsed.ok) {
      for (const problem of parsed.problems) report(problem.what, problem.instead, problem.col)
      return
    }
    const { record } = parsed
    const twice = builder.add(prepareAccount(record, sharing), record.credentials ?? [])
    if (twice === undefined) return
    if (twice.doubled === 'id') {
      report(`the id ${JSON.stringify(record.id)} stands on an earlier line`, 'remove one of them')
    } else {
      const owner = JSON.stringify(twice.of)
      report(
        `a credential of ${JSON.stringify(record.id)} already belongs to ${owner}`,
        'give each credential to one account, once',
      )
    }
  }
  const takeAll = (source: AsyncIterable<unknown>): Promise<void> => eachLine(source, takeLine)
  const hashed = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      digest.update(chunk)
      yield chunk
    }
  }
  try {
    const bytes = createReadStream(file)
    if (file.endsWith('.gz')) await pipeline(bytes, hashed, createGunzip(), takeAll)
    else await pipeline(bytes, hashed, takeAll)
  } catch (error) {
    line = Math.max(1, line)
    // Node's system and zlib errors carry a code; anything else is the cap on size.
    const { code = 'TOO_LARGE' } = error as { readonly code?: string }
    report(`the file cannot be read (${code})`, 'check its path, its rights and that it is whole')
  }
  if (more > 0) {
    problems.push({
      file,
      line,
      col: 1,
      what: `${more} more problems`,
      instead: 'correct these first',
    })
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, table: await builder.finish(), digest: digest.digest('base64') }
}
