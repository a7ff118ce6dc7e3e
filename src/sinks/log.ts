import { destination as toFile, pino, type DestinationStream, type Logger } from 'pino'

/** The program's own log: JSON lines about the program, never about a caller. */
export type Log = Logger

/** Words of the `log.level` setting, most severe first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

/** How much the log says. */
export type LogLevel = (typeof LOG_LEVELS)[number]

const MAX_MESSAGE_CHARS = 300
const MAX_STACK_LINES = 12

/** An error as far as the log may know it: no headers, no bodies, no fields a library hangs on it. */
const errorForLog = (thrown: unknown): object => {
  if (!(thrown instanceof Error)) return { type: typeof thrown }
  const { name, message, stack = '' } = thrown
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  const cause = thrown.cause === undefined ? undefined : errorForLog(thrown.cause)
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '))
  return {
    type: name,
    code,
    message: message.slice(0, MAX_MESSAGE_CHARS),
    stack: frames.slice(0, MAX_STACK_LINES).join('\n'),
    cause,
  }
}

/**
 * Makes the log. Lines go to standard output, or to `destination`, without waiting for whoever reads them;
 * a reader that went away does not stop the program.
 */
export const createLog = (options: {
  readonly level: LogLevel
  readonly destination?: DestinationStream
}): Log => {
  const settings = {
    level: options.level,
    // Process id and host name belong to whoever collects the lines.
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorForLog },
  }
  if (options.destination !== undefined) return pino(settings, options.destination)
  const output = toFile({ dest: 1, sync: false, minLength: 0 })
  output.on('error', () => undefined)
  return pino(settings, output)
}
