/**
 * Verbs by which a path generates or counts, in the spelling of the wire. A catalogue is asked for exact
 * paths only, so the spellings that a server ignoring case would take for these must be put right first.
 */
const VERBS: readonly string[] = [
  'generateContent',
  'streamGenerateContent',
  'batchGenerateContent',
  'embedContent',
  'batchEmbedContents',
  'asyncBatchEmbedContent',
  'generateAnswer',
  'predict',
  'predictLongRunning',
  'countTokens',
]

const SPELLING: ReadonlyMap<string, string> = new Map(
  VERBS.map((verb) => [verb.toLowerCase(), verb]),
)

/** What some servers cut off: formats such as `.json`, punctuation at the end, segments of nothing else. */
const TAIL = /\/?(?:\.[a-z0-9]+|[^a-z0-9/])*(?=\/|$)/g

/** Longer paths count as disguised: the search takes the square of the length. */
const MAX_LENGTH = 256

/** A lower-case path with its verb in the spelling of the wire. */
const withVerb = (path: string): string => {
  const colon = path.lastIndexOf(':')
  const verb = colon === -1 ? undefined : SPELLING.get(path.slice(colon + 1))
  return verb === undefined ? path : `${path.slice(0, colon + 1)}${verb}`
}

/**
 * Whether a tolerant server could take an unknown canonical path for a catalogued one: escapes in it, another
 * case, a format at the end of a segment (`.json`), or trailing punctuation. Paths over 256 characters
 * count as well.
 */
export const isDisguised = (path: string, isKnown: (path: string) => boolean): boolean => {
  if (path.includes('%') || path.length > MAX_LENGTH) return true
  const lower = path.toLowerCase()
  return isKnown(withVerb(lower)) || isKnown(withVerb(lower.replace(TAIL, '')))
}
