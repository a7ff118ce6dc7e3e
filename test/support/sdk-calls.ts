import { readdirSync, readFileSync } from 'node:fs'

/** One call an SDK can make: method and path, each parameter of the path written as `{}`. */
export type SdkCall = { readonly method: string; readonly path: string; readonly file: string }

const PACKAGES = new URL('../../node_modules/', import.meta.url)

const METHODS: { readonly [name: string]: string } = {
  get: 'GET',
  getAPIList: 'GET',
  post: 'POST',
  put: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}

const CALL = /_client\s*\.(\w+)\(\s*(?:path\s*)?(`[^`]*`|'[^']*')/g

/** Where the call's options end: the next call, or a few lines on. */
const OPTIONS_CHARS = 400

const callsOf = (source: string, file: string): SdkCall[] => {
  const found = [...source.matchAll(CALL)]
  return found.map((match, index) => {
    const [text, name = '', quoted = ''] = match
    const start = match.index + text.length
    const end = Math.min(found[index + 1]?.index ?? source.length, start + OPTIONS_CHARS)
    // A list that is asked for with a body names its method among the options.
    const own = /method: '(\w+)'/.exec(source.slice(start, end))?.[1]
    const path = quoted
      .slice(1, -1)
      .replaceAll(/\$\{[^}]*\}/g, '{}')
      .replace(/\?.*$/, '')
    const method = name === 'getAPIList' && own !== undefined ? own.toUpperCase() : METHODS[name]
    if (method === undefined) throw new Error(`${file}: unknown call ${name} ${path}`)
    return { method, path, file }
  })
}

/**
 * Every call in the sources of a Stainless-generated SDK (OpenAI, Anthropic): the resources call
 * `this._client.post(path…)` and its siblings with the path written out.
 */
export const stainlessCalls = (name: string): SdkCall[] => {
  const root = new URL(`${name}/resources/`, PACKAGES)
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.mjs'))
    .flatMap((file) => callsOf(readFileSync(new URL(file, root), 'utf8'), file))
}

/** The branch of an `if (this.apiClient.isVertexAI())` that a position lies in. */
const isVertexBranch = (before: string): boolean =>
  before.lastIndexOf('isVertexAI()') > before.lastIndexOf('else {')

/**
 * Every call of Google's SDK to the Gemini API. Its older half fills templates such as
 * `{model}:generateContent`, in one branch for Vertex AI and one for the Gemini API; its newer half
 * builds paths below `/{api_version}/`.
 */
export const googleCalls = (): SdkCall[] => {
  const file = '@google/genai/dist/node/index.mjs'
  const source = readFileSync(new URL(file, PACKAGES), 'utf8')
  const older = [...source.matchAll(/path = formatMap\('([^']*)', body\['_url'\]\)/g)]
    .filter((match) => !isVertexBranch(source.slice(Math.max(0, match.index - 900), match.index)))
    .map((match): SdkCall => {
      const method = /httpMethod: '(\w+)'/.exec(source.slice(match.index))?.[1] ?? ''
      return { method, path: (match[1] ?? '').replace(/\?.*$/, ''), file }
    })
  const newer = [...source.matchAll(/pathToFunc\("([^"]*)"\)/g)].map((match): SdkCall => {
    const method = /method: "(\w+)"/.exec(source.slice(match.index))?.[1] ?? ''
    return { method, path: match[1] ?? '', file }
  })
  return [...older, ...newer]
}
