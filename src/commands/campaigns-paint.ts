import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { plainPaint, type Paint } from './campaigns-table.ts'

/** Colours for a terminal; none for a pipe or a file, nor with `NO_COLOR` (no-color.org) or a dumb terminal. */
export const paintFor = (
  stream: Writable,
  environment: { readonly [name: string]: string | undefined } = process.env,
): Paint => {
  const terminal = 'isTTY' in stream && stream.isTTY === true
  const unwanted = (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb'
  if (!terminal || unwanted) return plainPaint
  return (look, text) => styleText(look, text, { validateStream: false })
}
