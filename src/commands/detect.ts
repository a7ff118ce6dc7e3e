import { openDetection } from '../app-detect.ts'
import { createGround } from '../app-ground.ts'
import { storePlace } from '../app-store.ts'
import { keyOfSecret } from '../data-dir.ts'
import { loadSettings } from '../settings.ts'
import { VERSION } from '../version.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { printProblems, type Streams } from './serve.ts'

/** What `detect` is told on the command line. */
export type DetectOptions = { readonly config: string; readonly json: boolean }

/**
 * Finds campaigns for a fleet until SIGTERM or SIGINT, in turn with all others that do: one detects, the
 * rest stand by. It keeps nothing in the data folder, so that it may run beside a `serve` of the same
 * settings. A second signal ends at once.
 */
export const detect = async (options: DetectOptions, streams: Streams): Promise<ExitCode> => {
  const loaded = loadSettings(options.config)
  if (!loaded.ok) {
    printProblems(loaded.problems, options.json, streams)
    return EXIT.problems
  }
  const { settings } = loaded
  const { secret } = settings
  if (settings.store === 'memory' || secret === undefined) {
    const what = 'there is no store that a fleet shares, so serve detects by itself'
    const instead = 'set store to a Redis, or run serve alone'
    const problem = { file: options.config, line: 1, col: 1, what, instead }
    printProblems([problem], options.json, streams)
    return EXIT.problems
  }
  const path = settings.path(settings.data_dir)
  const ground = createGround({
    settings,
    dataDir: { path, rootKey: keyOfSecret(secret), readOnly: true },
  })
  const place = storePlace(ground)
  if (place === undefined) return EXIT.failed
  const detection = openDetection(ground, place)
  streams.out.write(
    options.json ? '{"detecting":true}\n' : `Stillwatch ${VERSION} looks for campaigns\n`,
  )
  // The thread alone does not keep a process alive.
  const alive = setInterval(() => undefined, 60_000)
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      process.on('SIGTERM', () => process.exit(EXIT.failed))
      process.on('SIGINT', () => process.exit(EXIT.failed))
      resolve()
    }
    process.once('SIGTERM', stop).once('SIGINT', stop)
  })
  await detection.close()
  clearInterval(alive)
  return EXIT.done
}
