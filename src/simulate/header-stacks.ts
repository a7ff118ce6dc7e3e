import { DAY_MS } from '../core/time.ts'

/** An operating system as SDK headers and as agents write it. */
export type Machine = {
  /** As `x-stainless-os` has it. */
  readonly os: 'Linux' | 'MacOS' | 'Windows'
  readonly arch: 'x64' | 'arm64'
}

/** What a machine calls itself in the words of Node's `process.platform`. */
export const platformOf = (machine: Machine): string =>
  ({ Linux: 'linux', MacOS: 'darwin', Windows: 'win32' })[machine.os]

/** A kind of client: its header names in wire order and case, and how its versions follow each other. */
export type HeaderStack = {
  readonly name: string
  /** `%v` version, `%o` system, `%a` architecture, `%r` runtime version. */
  readonly headers: readonly string[]
  /** Version of release number `n`, one a week. */
  readonly version: (n: number) => string
  readonly runtime: 'node' | 'python' | 'other'
}

const minor =
  (major: number, first: number) =>
  (n: number): string =>
    `${major}.${first + n}.0`

const HOST = 'api.example.com'

/** Headers that undici adds to every fetch. */
const FETCH = ['accept-language', '*', 'sec-fetch-mode', 'cors', 'accept-encoding', 'gzip, deflate']

const stainless = (upper: boolean, lang: string, runtime: string): string[] => {
  const names = [
    'X-Stainless-Lang',
    'X-Stainless-Package-Version',
    'X-Stainless-OS',
    'X-Stainless-Arch',
    'X-Stainless-Runtime',
    'X-Stainless-Runtime-Version',
  ]
  const values = [lang, '%v', '%o', '%a', runtime, '%r']
  return names.flatMap((name, at) => [upper ? name : name.toLowerCase(), values[at] ?? ''])
}

/**
 * Header sets as real clients send them, captured on loopback; order and case are theirs. Versions go on
 * weekly from those captured.
 */
export const HEADER_STACKS: readonly HeaderStack[] = [
  {
    name: 'openai-js',
    runtime: 'node',
    version: minor(7, 20),
    headers: [
      ['host', HOST, 'connection', 'keep-alive', 'accept', 'application/json'],
      ['user-agent', 'OpenAI/JS %v', 'x-stainless-retry-count', '0'],
      stainless(false, 'js', 'node'),
      ['content-type', 'application/json', ...FETCH],
    ].flat(),
  },
  {
    name: 'openai-py',
    runtime: 'python',
    version: minor(2, 10),
    headers: [
      ['Host', HOST, 'Accept-Encoding', 'gzip, deflate', 'Connection', 'keep-alive'],
      ['Accept', 'application/json', 'Content-Type', 'application/json'],
      ['User-Agent', 'OpenAI/Python %v', ...stainless(true, 'python', 'CPython')],
      ['X-Stainless-Async', 'false', 'x-stainless-retry-count', '0'],
    ].flat(),
  },
  {
    name: 'openai-async-py',
    runtime: 'python',
    version: minor(2, 10),
    headers: [
      ['Host', HOST, 'Accept-Encoding', 'gzip, deflate', 'Connection', 'keep-alive'],
      ['Accept', 'application/json', 'Content-Type', 'application/json'],
      ['User-Agent', 'AsyncOpenAI/Python %v', ...stainless(true, 'python', 'CPython')],
      ['X-Stainless-Async', 'async:asyncio', 'x-stainless-retry-count', '0'],
      ['x-stainless-read-timeout', '600'],
    ].flat(),
  },
  {
    name: 'anthropic-js',
    runtime: 'node',
    version: minor(1, 0),
    headers: [
      ['host', HOST, 'connection', 'keep-alive', 'Accept', 'application/json'],
      ['User-Agent', 'Anthropic/JS %v', 'X-Stainless-Retry-Count', '0'],
      ['X-Stainless-Timeout', '600', ...stainless(true, 'js', 'node')],
      ['anthropic-version', '2023-06-01', 'content-type', 'application/json', ...FETCH],
    ].flat(),
  },
  {
    name: 'ai-sdk',
    runtime: 'node',
    version: (n) => `7.0.${120 + 3 * n}`,
    headers: [
      ['host', HOST, 'connection', 'keep-alive', 'content-type', 'application/json'],
      ['user-agent', 'ai/%v ai-sdk/provider-utils/4.0.66 runtime/node.js/%r'],
      ['accept', '*/*', ...FETCH],
    ].flat(),
  },
  {
    name: 'fetch',
    runtime: 'node',
    version: () => '',
    headers: [
      ['host', HOST, 'connection', 'keep-alive', 'content-type', 'application/json'],
      ['accept', '*/*', 'accept-language', '*', 'sec-fetch-mode', 'cors'],
      ['user-agent', 'node', 'accept-encoding', 'gzip, deflate'],
    ].flat(),
  },
  {
    name: 'axios',
    runtime: 'node',
    version: minor(1, 9),
    headers: [
      ['Accept', 'application/json, text/plain, */*', 'Content-Type', 'application/json'],
      ['User-Agent', 'axios/%v', 'Accept-Encoding', 'gzip, compress, deflate, br'],
      ['Host', HOST, 'Connection', 'keep-alive'],
    ].flat(),
  },
  {
    name: 'node-fetch',
    runtime: 'node',
    version: () => '',
    headers: [
      ['accept', '*/*', 'accept-encoding', 'gzip, deflate, br'],
      ['content-type', 'application/json', 'user-agent', 'node-fetch'],
      ['Host', HOST, 'Connection', 'keep-alive'],
    ].flat(),
  },
  {
    name: 'got',
    runtime: 'node',
    version: () => '',
    headers: [
      ['user-agent', 'got (https://github.com/sindresorhus/got)'],
      ['content-type', 'application/json', 'accept-encoding', 'gzip, deflate, br'],
      ['Host', HOST, 'Connection', 'keep-alive'],
    ].flat(),
  },
  {
    name: 'requests',
    runtime: 'python',
    version: minor(2, 20),
    headers: [
      ['Host', HOST, 'User-Agent', 'python-requests/%v', 'Accept-Encoding', 'gzip, deflate'],
      ['Accept', '*/*', 'Connection', 'keep-alive', 'Content-Type', 'application/json'],
    ].flat(),
  },
  {
    name: 'urllib',
    runtime: 'python',
    version: (n) => `3.${11 + Math.floor(n / 26)}`,
    headers: [
      ['Accept-Encoding', 'identity', 'Host', HOST, 'User-Agent', 'Python-urllib/%v'],
      ['Content-Type', 'application/json', 'Connection', 'close'],
    ].flat(),
  },
  {
    name: 'curl',
    runtime: 'other',
    version: (n) => `8.${5 + Math.floor(n / 8)}.0`,
    headers: [
      ['Host', HOST, 'User-Agent', 'curl/%v', 'Accept', '*/*'],
      ['Content-Type', 'application/json'],
    ].flat(),
  },
]

const RELEASE_MS = 7 * DAY_MS
/** Release 0 of every client. */
const FIRST_RELEASE_MS = Date.UTC(2025, 8, 1)

/** Number of the newest release at `atMs`. */
export const releaseAt = (atMs: number): number =>
  Math.max(0, Math.floor((atMs - FIRST_RELEASE_MS) / RELEASE_MS))

const RUNTIMES = {
  node: ['v22.19.0', 'v24.11.1', 'v20.19.5', 'v22.21.1', 'v24.9.0'],
  python: ['3.12.11', '3.11.13', '3.13.7', '3.10.18', '3.12.8'],
  other: [''],
}

/** One installation: the header set it sends at each release. The same answer is the same array. */
export type Installation = (release: number) => readonly string[]

/**
 * Renders header sets and keeps each one once. `variant` picks a runtime version; `extra` are headers that
 * the application itself adds, before the last two.
 */
export const createInstallations = (): ((
  stack: HeaderStack,
  machine: Machine,
  variant: number,
  extra?: readonly string[],
) => Installation) => {
  const kept = new Map<string, readonly string[]>()
  return (stack, machine, variant, extra = []) => {
    const runtimes = RUNTIMES[stack.runtime]
    const runtime = runtimes[variant % runtimes.length] ?? ''
    const values = new Map([
      ['%o', machine.os],
      ['%a', machine.arch],
      ['%r', runtime],
    ])
    const names = [...stack.headers.slice(0, -2), ...extra, ...stack.headers.slice(-2)]
    const own = `${stack.name} ${machine.os} ${machine.arch} ${runtime} ${extra.join(' ')}`
    const byRelease = new Map<number, readonly string[]>()
    const render = (release: number): readonly string[] => {
      const version = stack.version(release)
      const key = `${own} ${version}`
      const known = kept.get(key)
      if (known !== undefined) return known
      const made = names.map((text) =>
        text.replace(/%[voar]/g, (slot) => (slot === '%v' ? version : (values.get(slot) ?? slot))),
      )
      kept.set(key, made)
      return made
    }
    return (release) => {
      const known = byRelease.get(release)
      if (known !== undefined) return known
      const made = render(release)
      byRelease.set(release, made)
      return made
    }
  }
}
