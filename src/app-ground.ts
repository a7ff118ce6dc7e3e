import { formatProblem, type Problem } from './core/problem.ts'
import type { Clock } from './core/seams.ts'
import type { DataDir } from './data-dir.ts'
import type { Settings } from './settings.ts'
import { createLogSuppression, type LogSuppression } from './sinks/log-suppression.ts'
import { createLog, type Log } from './sinks/log.ts'

/** What every part of a process stands on. */
export type Ground = {
  readonly settings: Settings
  /** Whose files this process writes; a worker reads them and leaves writing to its primary. */
  readonly dataDir: Pick<DataDir, 'path' | 'rootKey'> & { readonly readOnly: boolean }
  readonly clock: Clock
  readonly log: Log
  readonly suppression: LogSuppression
  readonly onProblem: (problem: Problem) => void
}

const SYSTEM_CLOCK: Clock = { now: () => Date.now() }

/** The ground of a process, with the system's time and a log that names the worker that speaks. */
export const createGround = (parts: {
  readonly settings: Settings
  readonly dataDir: Ground['dataDir']
  readonly worker?: number
}): Ground => {
  const { settings, dataDir, worker } = parts
  const whole = createLog({ level: settings.log.level })
  const log = worker === undefined ? whole : whole.child({ worker })
  return {
    settings,
    dataDir,
    clock: SYSTEM_CLOCK,
    log,
    suppression: createLogSuppression({ log }),
    onProblem: (problem) => log.warn(formatProblem(problem)),
  }
}
