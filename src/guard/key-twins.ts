/** A key whose spelling has variants: anything but lower-case ASCII, digits and `_`. */
const VARIABLE_KEY = /[^a-z0-9_]/

/** Top-level fields that policy and metering read, in any dialect, as they are properly spelled. */
const READ_FIELDS: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'best_of',
  'candidate_count',
  'user',
  'safety_identifier',
  'metadata',
  'messages',
  'contents',
  'input',
  'prompt',
  'tools',
  'functions',
  'reasoning',
  'reasoning_effort',
  'thinking',
  'background',
])

/** One form for look-alikes: compatibility characters, cases, the long s and the Kelvin sign. */
const foldCase = (key: string): string => key.normalize('NFKC').toUpperCase().toLowerCase()

/**
 * What is wrong with the top-level keys of a body, where some server would take one for another: twins
 * that differ only in case (Go's parser) or in underscores (protocol buffers), and a variant of a field
 * the guard reads. `undefined` where nothing is. Bodies with nothing but plain keys cost one test a key.
 */
export const findKeyTwin = (top: { readonly [key: string]: unknown }): string | undefined => {
  const keys = Object.keys(top)
  if (!keys.some((key) => VARIABLE_KEY.test(key))) return undefined
  const seen = new Set<string>()
  for (const key of keys) {
    const folded = foldCase(key)
    if (folded !== key && READ_FIELDS.has(folded)) return `write ${folded} in lower case`
    const bare = folded.replaceAll('_', '')
    if (seen.has(bare)) return 'two keys of the object are spellings of one name'
    seen.add(bare)
  }
  return undefined
}
