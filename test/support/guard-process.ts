import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { until } from './wait.ts'

const ROOT = new URL('../../', import.meta.url).pathname

/** A real Stillwatch process on free ports, with its own folder. */
export type GuardProcess = {
  readonly url: string
  readonly adminUrl: string
  readonly token: string
  readonly folder: string
  readonly child: ChildProcess
  /** Everything it printed so far. */
  readonly output: () => string
  /** Asks the admin API; the body as JSON. */
  readonly admin: (path: string, init?: RequestInit) => Promise<{ status: number; body: unknown }>
  /** SIGTERM, and its exit code. */
  readonly stop: () => Promise<number | null>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
}

/** What a test wants to be different. */
export type GuardOptions = {
  /** Settings on top of the ones for tests. */
  readonly settings?: object
  /** Policy files by name; the shipped ones where absent. */
  readonly policies?: { readonly [name: string]: string }
  /** Further files of the folder. */
  readonly files?: { readonly [name: string]: string }
  /** A folder of an earlier process, to start again on what it left. */
  readonly folder?: string
  readonly environment?: { readonly [name: string]: string }
}

const TOKEN = 'test-operator-token-0123456789'

/** Starts `serve` and waits until it listens. */
export const startGuard = async (options: GuardOptions = {}): Promise<GuardProcess> => {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'stillwatch-e2e-'))
  if (options.folder === undefined) {
    cpSync(join(ROOT, 'config'), folder, { recursive: true })
    const settings = {
      version: 1,
      listen: '127.0.0.1:0',
      admin: { listen: '127.0.0.1:0', tokens: [{ name: 'test', role: 'operator', token: TOKEN }] },
      data_dir: 'data',
      policies: ['policies/*.yaml'],
      drain: '5s',
      ...options.settings,
    }
    const files: { [name: string]: string } = {
      'guard.yaml': stringify(settings),
      ...options.files,
    }
    if (options.policies !== undefined) {
      settings.policies = ['test-policies/*.yaml']
      files['guard.yaml'] = stringify(settings)
      for (const [name, text] of Object.entries(options.policies))
        files[`test-policies/${name}`] = text
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  const child = spawn(
    process.execPath,
    [join(ROOT, 'src/stillwatch.js'), 'serve', '--config', join(folder, 'guard.yaml')],
    {
      env: { PATH: process.env['PATH'], ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const addresses = await until('the guard to listen', () => {
    if (child.exitCode !== null) throw new Error(`the guard ended with ${child.exitCode}:\n${text}`)
    return /guard +(http:\S+)\s+admin +(http:\/\/[^/\s]+)/.exec(text) ?? undefined
  }).catch((error: unknown) => {
    // Nobody else knows of it.
    child.kill('SIGKILL')
    throw error
  })
  const [, url = '', adminUrl = ''] = addresses
  const ended = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }
  return {
    url,
    adminUrl,
    token: TOKEN,
    folder,
    child,
    output: () => text,
    admin: async (path, init = {}) => {
      const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
      const answer = await fetch(new URL(path, adminUrl), { headers, ...init })
      const body = await answer.text()
      const json = answer.headers.get('content-type')?.includes('json') === true
      return { status: answer.status, body: json ? (JSON.parse(body) as unknown) : body }
    },
    stop: () => ended('SIGTERM'),
    kill: async () => void (await ended('SIGKILL')),
  }
}
