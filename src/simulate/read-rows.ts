import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const MAX_BYTES = 512 * 1024 * 1024

/** Text of a corpus file, unpacked by its name; empty where it is not there. */
export const textOf = (folder: string, name: string): string => {
  const path = join(folder, name)
  if (!existsSync(path)) return ''
  const bytes = readFileSync(path)
  return (
    name.endsWith('.gz') ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes
  ).toString('utf8')
}

/** Rows of a JSON Lines file as plain objects; lines that are none are left out. */
export const jsonRows = (
  folder: string,
  name: string,
): readonly { readonly [key: string]: unknown }[] =>
  textOf(folder, name)
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('{')) return []
      try {
        // An object, since the line begins as one; its values are looked at by who reads them.
        return [JSON.parse(line) as { readonly [key: string]: unknown }]
      } catch {
        return []
      }
    })

/** Rows of a CSV file without quoted commas in the columns that are read; the heading is left out. */
export const csvRows = (folder: string, name: string): readonly (readonly string[])[] =>
  textOf(folder, name)
    .split('\n')
    .slice(1)
    .flatMap((line) => (line === '' ? [] : [line.trimEnd().split(',')]))
