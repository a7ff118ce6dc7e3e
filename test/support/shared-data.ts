import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const ROOT = new URL('../../../shared/data/', import.meta.url)

/** Path of a corpus file, `undefined` in a checkout without the corpora. */
export const sharedPath = (name: string): string | undefined => {
  const url = new URL(name, ROOT)
  return existsSync(url) ? url.pathname : undefined
}

/** Rows of a JSON Lines corpus (gzip by its name), empty in a checkout without the corpora. */
export const sharedRows = <Row>(name: string): Row[] => {
  const path = sharedPath(name)
  if (path === undefined) return []
  const bytes = readFileSync(path)
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
}
