import { readFileSync } from 'node:fs'
import type { DialectName, Route, Usage } from '../../src/core/call.ts'
import type { Dialect, UsageReader } from '../../src/core/seams.ts'

/** One recorded answer; see `test/fixtures/streams/README.md`. */
export type RecordedAnswer = {
  readonly file: string
  readonly dialect: DialectName
  readonly path: string
  readonly contentType: string
  readonly usage: Usage | null
  readonly textTokens?: number
  readonly unasked?: string
}

const FOLDER = new URL('../fixtures/streams/', import.meta.url)

/** The bytes of a recorded answer. */
export const recordedBytes = (file: string): Buffer => readFileSync(new URL(file, FOLDER))

/** All recorded answers of a dialect. */
export const recordedAnswers = (dialect: DialectName): RecordedAnswer[] =>
  (JSON.parse(recordedBytes('expected.json').toString()) as RecordedAnswer[]).filter(
    (answer) => answer.dialect === dialect,
  )

/** The route of a call that must be in the catalogue. */
export const routeOf = (dialect: Dialect, path: string, method = 'POST'): Route => {
  const route = dialect.route(method, path)
  if (typeof route !== 'object') throw new Error(`${dialect.name} has no route ${method} ${path}`)
  return route
}

/** What a reader made of an answer. */
export type Reading = { readonly usage: Usage | undefined; readonly estimate: number }

/** Pushes a copy and ruins it afterwards, as a socket does that uses its memory again. */
export const pushOwn = (reader: UsageReader, piece: Uint8Array): void => {
  const own = Uint8Array.from(piece)
  reader.push(own)
  own.fill(0x22)
}

/** What a reader makes of an answer that comes in these pieces. */
export const readIn = (
  dialect: Dialect,
  answer: { readonly path: string; readonly contentType: string | undefined },
  pieces: readonly Uint8Array[],
): Reading => {
  const reader = dialect.usageReader(routeOf(dialect, answer.path), answer.contentType)
  for (const piece of pieces) pushOwn(reader, piece)
  return { usage: reader.total(), estimate: reader.estimatedOutputTokens() }
}

/** Bytes in pieces of one size. */
export const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] => {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}
