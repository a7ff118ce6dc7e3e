import type { Log } from './log.ts'

/** What may be said often is logged seldom. */
export type LogSuppression = {
  /**
   * Logs the first line of a class in each window at once; the further ones are counted and reported in
   * one line, with `suppressed`, when the window ends. `kind` is one of a small fixed set of words.
   */
  note(kind: string, level: 'error' | 'warn' | 'info', fields: object, message: string): void
  /** Reports what is counted so far. */
  close(): void
}

type Class = {
  readonly level: 'error' | 'warn' | 'info'
  readonly message: string
  suppressed: number
}

const MAX_CLASSES = 256

/** Keeps a flood of one kind of trouble from flooding the log: two lines a class and window at most. */
export const createLogSuppression = (options: {
  readonly log: Log
  readonly windowMs?: number
}): LogSuppression => {
  const { log } = options
  const windowMs = options.windowMs ?? 10_000
  const classes = new Map<string, Class>()
  let timer: NodeJS.Timeout | undefined

  const report = (): void => {
    timer = undefined
    for (const [kind, { level, message, suppressed }] of classes) {
      if (suppressed === 0) continue
      log[level]({ kind, suppressed, window_ms: windowMs }, `${message} (further ones)`)
    }
    classes.clear()
  }

  return {
    note(kind, level, fields, message) {
      const known = classes.get(kind)
      if (known !== undefined) {
        known.suppressed++
        return
      }
      // More classes than anybody foresaw are one class.
      const name = classes.size < MAX_CLASSES ? kind : 'other'
      const other = classes.get(name)
      if (other !== undefined) {
        other.suppressed++
        return
      }
      classes.set(name, { level, message, suppressed: 0 })
      log[level]({ kind: name, ...fields }, message)
      timer ??= setTimeout(report, windowMs).unref()
    },
    close() {
      clearTimeout(timer)
      report()
    },
  }
}
