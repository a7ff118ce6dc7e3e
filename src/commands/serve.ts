import type { Writable } from 'node:stream'
import { startPrimary } from '../app-primary.ts'
import type { App, Started } from '../app-start.ts'
import { runWorker } from '../app-worker.ts'
import { startApp } from '../app.ts'
import { formatProblem, type Problem } from '../core/problem.ts'
import { loadSettings, type Settings } from '../settings.ts'
import { VERSION } from '../version.ts'
import { isWorker } from '../workers/own-wire.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** Where a command writes, so that tests and `demo` can listen. */
export type Streams = { readonly out: Writable; readonly err: Writable }

/** Prints problems one a line, or as one JSON object. */
export const printProblems = (
  problems: readonly Problem[],
  json: boolean,
  streams: Streams,
): void => {
  if (json) {
    streams.out.write(`${JSON.stringify({ ok: false, problems })}\n`)
    return
  }
  for (const problem of problems) streams.err.write(`${formatProblem(problem)}\n`)
}

/** The token is shown once, when it is made: what is printed ends in log collectors. */
const tokenLines = (own: App['ownToken']): readonly string[] => {
  if (own === undefined) return []
  return own.created ? [`  token  ${own.token}`] : [`  token  in ${own.file}`]
}

const banner = (app: App, json: boolean): string => {
  const { guardUrl, adminUrl, ownToken, notices } = app
  if (json)
    return `${JSON.stringify({ guard: guardUrl, admin: adminUrl, policy: app.revision() })}\n`
  const lines = [
    `Stillwatch ${VERSION}, policy ${app.revision()}`,
    `  guard  ${guardUrl}`,
    `  admin  ${adminUrl}`,
    ...tokenLines(ownToken),
    ...notices.map((notice) => `  note   ${notice}`),
  ]
  return `${lines.join('\n')}\n`
}

/** What `serve` is told on the command line. */
export type ServeOptions = {
  readonly config: string
  readonly json: boolean
  /** Processes that share the work; as the settings say unless told. */
  readonly workers?: number
}

const start = (settings: Settings, workers: number): Promise<Started> =>
  workers === 1 ? startApp(settings) : startPrimary({ ...settings, workers }, process.argv.slice(2))

/**
 * Runs the guard until SIGTERM or SIGINT: drains, then ends. SIGHUP reloads the policies. A second
 * signal ends at once.
 */
export const serve = async (options: ServeOptions, streams: Streams): Promise<ExitCode> => {
  // A worker has the command line of its primary; the settings it gets from there too.
  if (isWorker()) return runWorker()
  const loaded = loadSettings(options.config)
  if (!loaded.ok) {
    printProblems(loaded.problems, options.json, streams)
    return EXIT.problems
  }
  const { settings } = loaded
  const started = await start(settings, options.workers ?? settings.workers)
  if (!started.ok) {
    if ('problems' in started) {
      printProblems(started.problems, options.json, streams)
      return EXIT.problems
    }
    streams.err.write(`stillwatch: ${started.reason}\n`)
    return EXIT.failed
  }
  const { app } = started
  streams.out.write(banner(app, options.json))
  return new Promise((resolve) => {
    let stopping = false
    const stop = (): void => {
      if (stopping) process.exit(EXIT.failed)
      stopping = true
      process.off('SIGHUP', reload)
      app.close().then(
        () => resolve(EXIT.done),
        (error: unknown) => {
          streams.err.write(`stillwatch: could not stop cleanly: ${String(error)}\n`)
          resolve(EXIT.failed)
        },
      )
    }
    const reload = (): void => void app.reload()
    process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', reload)
  })
}
