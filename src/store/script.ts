import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A program that Redis carries out as a whole: its text, and the hash Redis knows it by. */
export type Script = { readonly sha: string; readonly source: string }

/** A script of this text. */
export const scriptText = (source: string): Script => ({
  sha: createHash('sha1').update(source).digest('hex'),
  source,
})

const fileText = (name: string): string =>
  readFileSync(new URL(`${name}.lua`, import.meta.url), 'utf8')

/** The script of these files of this folder, put together in their order. */
const scriptOf = (...names: readonly string[]): Script => scriptText(names.map(fileText).join('\n'))

/** All scripts, read once at the start of the program; each is documented at the top of its file. */
export const SCRIPTS = {
  open: scriptOf('open'),
  take: scriptOf('counter', 'take'),
  correct: scriptOf('counter', 'correct'),
  hold: scriptOf('counter', 'hold'),
  bring: scriptOf('counter', 'bring'),
  beat: scriptOf('beat'),
  fleets: scriptOf('fleets'),
}
