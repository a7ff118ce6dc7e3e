import { randomBytes } from 'node:crypto'
import { z } from 'zod'

const entry = z.tuple([
  z.string().regex(/^[\w-]{16}$/),
  z.int().min(0),
  // Longer than any label.
  z.string().max(32 * 1024),
])

/** A label with a name of its own and the time, so that it is known again: `[name, ms, text]` as JSON. */
export const labelEntry = (text: string): string =>
  JSON.stringify([randomBytes(12).toString('base64url'), Date.now(), text])

/** Its parts again; `undefined` for anything that is none. Never throws. */
export const parseLabelEntry = (
  written: string,
): { readonly name: string; readonly saidAtMs: number; readonly text: string } | undefined => {
  try {
    const parsed = entry.safeParse(JSON.parse(written))
    if (!parsed.success) return undefined
    const [name, saidAtMs, text] = parsed.data
    return { name, saidAtMs, text }
  } catch {
    return undefined
  }
}
