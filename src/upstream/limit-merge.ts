import type { LimitGroup, LimitHeaders } from '../core/seams.ts'

/** Milliseconds until the reset that a header of the upstream tells; `undefined` for nonsense. */
type ResetMs = (text: string) => number | undefined

/** More digits than any budget has; what is longer is no number of anything. */
const MAX_DIGITS = 15

/** What an upstream said of one group: as it stood on the wire, and by the place of each header. */
type Said = {
  readonly words: string[]
  readonly values: (string | undefined)[]
  twice: boolean
}

const wholeNumber = (text: string | undefined): number | undefined => {
  if (text === undefined || text.length === 0 || text.length > MAX_DIGITS) return undefined
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return undefined
  }
  return Number(text)
}

/**
 * Whether an upstream leaves less room than we do: less remains, or the same for longer. What it said
 * must make sense as a whole: servers are known to send -1, 0 for a limit, or nothing. A limit or reset
 * that is not there is no nonsense, so that a bare remaining number still counts.
 */
const isTheirs = ({ values, twice }: Said, group: LimitGroup, resetMs: ResetMs): boolean => {
  const [limit, remaining, reset] = values
  const left = wholeNumber(remaining)
  // Most upstreams have more room than we leave: then nothing else need be read.
  if (twice || left === undefined || left > group.remaining) return false
  if (limit !== undefined && (wholeNumber(limit) ?? 0) === 0) return false
  const waitMs = reset === undefined ? 0 : resetMs(reset)
  if (waitMs === undefined) return false
  return left < group.remaining || waitMs >= group.resetMs
}

/**
 * Takes out of an upstream's head what it says of the limits that we tell of too, and decides for each
 * group as a whole whose word the caller gets: the one that leaves less room.
 */
export class LimitMerge {
  readonly #told: LimitHeaders
  readonly #resetMs: ResetMs
  readonly #said: (Said | undefined)[] = []

  constructor(told: LimitHeaders, resetMs: ResetMs) {
    this.#told = told
    this.#resetMs = resetMs
  }

  /** Whether a header (its name also in lower case) is one of those that are decided on. */
  take(name: string, lower: string, value: string): boolean {
    if (!lower.includes('ratelimit')) return false
    const { fields, groups } = this.#told
    if (fields.length > 0 && (lower === 'ratelimit' || lower === 'ratelimit-policy')) {
      // Both lists are told where they make one (each item a quoted name); an older form would spoil ours.
      return !value.startsWith('"')
    }
    for (let at = 0; at < groups.length; at++) {
      const place = groups[at]?.names.indexOf(lower) ?? -1
      if (place === -1) continue
      const said = (this.#said[at] ??= { words: [], values: [], twice: false })
      if (said.values[place] !== undefined) said.twice = true
      said.values[place] = value
      said.words.push(name, value)
      return true
    }
    return false
  }

  /** Gives back what the upstream said of groups where its word is the tighter one. */
  theirs(rawHeaders: string[]): void {
    const { groups } = this.#told
    for (const [at, said] of this.#said.entries()) {
      const group = groups[at]
      if (said === undefined || group === undefined) continue
      if (!isTheirs(said, group, this.#resetMs)) continue
      for (const word of said.words) rawHeaders.push(word)
      this.#said[at] = THEIRS
    }
  }

  /** Adds what is ours: the fields, and the groups of which the upstream said nothing tighter. */
  ours(rawHeaders: string[]): void {
    const { fields, groups } = this.#told
    for (const word of fields) rawHeaders.push(word)
    for (let at = 0; at < groups.length; at++) {
      const group = groups[at]
      if (group === undefined || this.#said[at] === THEIRS) continue
      const { names, values } = group
      for (let place = 0; place < names.length; place++) {
        rawHeaders.push(names[place] ?? '', values[place] ?? '')
      }
    }
  }
}

/** Stands for a group that was given back. */
const THEIRS: Said = { words: [], values: [], twice: false }
