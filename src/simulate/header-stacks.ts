import type { Wire } from './conversation.ts'

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
  /** Version of release number `n`. */
  readonly version: (n: number) => string
  /** Days from release to release, roughly as each project has it. */
  readonly everyDays: number
  /** The only wire form it speaks; any where absent. */
  readonly wire?: Wire
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

/** openai 3.22.1 for Python 3.11, captured on loopback. */
const python = (client: string, isAsync: string): string[] =>
  [
    ['Host', HOST, 'Accept-Encoding', 'gzip, deflate', 'Connection', 'keep-alive'],
    ['accept', 'application/json', 'content-type', 'application/json'],
    ['user-agent', `${client}/Python %v`, ...stainless(false, 'python', 'CPython')],
    ['x-stainless-async', isAsync, 'x-stainless-retry-count', '0'],
    ['x-stainless-read-timeout', '600'],
  ].flat()

/**
 * Header sets as real clients send them, captured on loopback; order and case are theirs, credentials
 * and lengths are left out. Versions go on from those captured at about each project's own pace.
 */
export const HEADER_STACKS: readonly HeaderStack[] = [
  {
    name: 'openai-js',
    runtime: 'node',
    version: minor(6, 20),
    everyDays: 7,
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
    version: minor(3, 0),
    everyDays: 7,
    headers: python('OpenAI', 'false'),
  },
  {
    name: 'openai-async-py',
    runtime: 'python',
    version: minor(3, 0),
    everyDays: 7,
    headers: python('AsyncOpenAI', 'async:asyncio'),
  },
  {
    name: 'anthropic-js',
    wire: 'anthropic',
    runtime: 'node',
    version: minor(1, 0),
    everyDays: 7,
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
    version: (n) => `6.0.${260 + n}`,
    everyDays: 4,
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
    everyDays: 365,
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
    everyDays: 30,
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
    everyDays: 365,
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
    everyDays: 365,
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
    everyDays: 90,
    headers: [
      ['Host', HOST, 'User-Agent', 'python-requests/%v', 'Accept-Encoding', 'gzip, deflate'],
      ['Accept', '*/*', 'Connection', 'keep-alive', 'Content-Type', 'application/json'],
    ].flat(),
  },
  {
    name: 'urllib',
    runtime: 'python',
    version: (n) => `3.${11 + n}`,
    everyDays: 365,
    headers: [
      ['Accept-Encoding', 'identity', 'Host', HOST, 'User-Agent', 'Python-urllib/%v'],
      ['Content-Type', 'application/json', 'Connection', 'close'],
    ].flat(),
  },
  {
    name: 'curl',
    runtime: 'other',
    version: (n) => `8.${5 + n}.0`,
    everyDays: 56,
    headers: [
      ['Host', HOST, 'User-Agent', 'curl/%v', 'Accept', '*/*'],
      ['Content-Type', 'application/json'],
    ].flat(),
  },
]
