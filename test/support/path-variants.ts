/** Routes of every treatment, as the official SDKs call them. */
export const KNOWN_TARGETS: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/v1/chat/completions'],
  ['POST', '/v1/responses'],
  ['POST', '/v1/completions'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/images/generations'],
  ['POST', '/v1/audio/speech'],
  ['POST', '/v1/moderations'],
  ['POST', '/v1/batches'],
  ['POST', '/v1/batches/batch_1/cancel'],
  ['POST', '/v1/files'],
  ['GET', '/v1/models'],
  ['GET', '/v1/models/ft:gpt-5-mini:acme::abc123'],
  ['GET', '/v1/files/file-1/content'],
  ['POST', '/v1/messages'],
  ['POST', '/v1/messages/count_tokens'],
  ['POST', '/v1/messages/batches'],
  ['POST', '/v1beta/models/gemini-3-pro:generateContent'],
  ['POST', '/v1beta/models/gemini-3-pro:streamGenerateContent'],
  ['POST', '/v1beta/models/gemini-3-pro:countTokens'],
  ['POST', '/v1beta/models/gemini-3-pro:batchGenerateContent'],
]

type Pick = (below: number) => number

const hex = (character: string, lower: boolean): string => {
  const digits = character.charCodeAt(0).toString(16).padStart(2, '0')
  return `%${lower ? digits : digits.toUpperCase()}`
}

const INSERTIONS = [
  [
    '/',
    '//',
    '/./',
    '/../',
    '/%2e/',
    '/%2E%2E/',
    '/..;/',
    '/.;/',
    '\\',
    '%5C',
    '%5c',
    '%2F',
    '%2f',
  ],
  ['%252F', '%00', '\0', '%0A', '\n', '\t', '%09', ' ', '%20', '+', ';', ';a=b', '%3B', '#', '%23'],
  ['%3F', '?', '%', '%%', '%u002f', '%c0%af', '%C0%AE', '%EF%BC%8F', '\uff0f', '\uff0e', '\u2024'],
  [
    '%E2%80%A4',
    '.',
    '..',
    '%2E',
    ':',
    '%3A',
    '::',
    '@',
    '*',
    '|',
    '%7C',
    '~',
    '%7E',
    '%E2%80%8B',
    '\u212a',
  ],
].flat()

const MUTATIONS: readonly ((path: string, at: number, pick: Pick) => string)[] = [
  (path, at, pick) =>
    path.slice(0, at) + (INSERTIONS[pick(INSERTIONS.length)] ?? '') + path.slice(at),
  (path, at, pick) =>
    path.slice(0, at) + (INSERTIONS[pick(INSERTIONS.length)] ?? '') + path.slice(at + 1),
  (path, at, pick) => path.slice(0, at) + hex(path[at] ?? '/', pick(2) === 0) + path.slice(at + 1),
  (path, at) =>
    path.slice(0, at) + hex(path[at] ?? '/', false).replace('%', '%25') + path.slice(at + 1),
  (path, at) => path.slice(0, at) + (path[at] ?? '').toUpperCase() + path.slice(at + 1),
  (path, at) =>
    path.slice(0, at) +
    String.fromCharCode((path.charCodeAt(at) || 0x2f) + 0xfee0) +
    path.slice(at + 1),
  (path) => path.toUpperCase(),
  (path) => `${path}/`,
  (path, at) => `/${path.slice(0, at)}/..${path}`,
  (path) => `http://guard.test${path}`,
  (path) => `http://other.test${path}`,
  (path) => `//guard.test${path}`,
  (path) => path.replace(':', '%3A').replace('models', 'models/../models'),
  (path) => `${path}.json`,
  (path) => path.slice(1),
  (path) => path.replace('/v1/', '/').replace('/v1beta/', '/v1/'),
]

/** A path with one to three changes that some server somewhere would undo. */
export const variantOf = (path: string, pick: Pick): string => {
  let variant = path
  for (let change = pick(3); change >= 0; change--) {
    variant =
      MUTATIONS[pick(MUTATIONS.length)]?.(variant, pick(variant.length + 1), pick) ?? variant
  }
  return variant
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** For a server that ignores case, the verbs of Gemini as the catalogue spells them. */
const VERBS: ReadonlyMap<string, string> = new Map(
  ['generateContent', 'streamGenerateContent', 'countTokens', 'batchGenerateContent'].map(
    (verb) => [verb.toLowerCase(), verb],
  ),
)

/** What lenient servers make of a path: each of these is done by some server in the wild. */
const LENIENCES: readonly ((path: string) => string)[] = [
  decoded,
  (path) => path.replace(/\/{2,}/g, '/'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replace(/[;#?].*$/, ''),
  (path) => path.replace(/;[^/]*/g, ''),
  (path) => new URL(path.startsWith('/') ? `http://h${path}` : path, 'http://h/').pathname,
  (path) => path.replace(/\/$/, ''),
  (path) => path.replace(/[\s.+*|~\0]+$/, ''),
  (path) => path.replace(/[\s\0]/g, ''),
  (path) => path.normalize('NFKC'),
  (path) =>
    path.toLowerCase().replace(/:(.+)$/, (_, verb: string) => `:${VERBS.get(verb) ?? verb}`),
  (path) => path.replace(/\.json$/, ''),
]

const orSame = (read: (path: string) => string, path: string): string => {
  try {
    return read(path)
  } catch {
    return path
  }
}

/** Every path that up to three leniences, one after the other, make of one. */
export const lenientReadings = (path: string): ReadonlySet<string> => {
  let latest = new Set([path])
  const all = new Set(latest)
  for (let round = 0; round < 3; round++) {
    latest = new Set([...latest].flatMap((each) => LENIENCES.map((read) => orSame(read, each))))
    for (const each of latest) all.add(each)
  }
  return all
}
