import { openReplay, type Replay } from '../app-replay.ts'
import { formatProblem, type Problem } from '../core/problem.ts'
import { readTrace, type TraceRead } from '../replay/read-trace.ts'
import { openRecordFile, type RecordFile } from '../replay/record-file.ts'
import { summaryText } from '../replay/summary-text.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { keepingFound } from './keep-found.ts'
import { loadOfflineSettings } from './offline-settings.ts'
import { tellReplaced, writeSummary } from './replay-outputs.ts'
import { createProgress } from './replay-progress.ts'
import { printProblems, type Streams } from './serve.ts'

/** What `replay` is told on the command line. */
export type ReplayCommand = {
  readonly config: string
  readonly json: boolean
  readonly trace: string
  readonly accounts: string
  readonly out?: string | undefined
  readonly summary?: string | undefined
  readonly lenient: boolean
  /** A data folder to keep the campaigns in that are found. */
  readonly campaigns?: string | undefined
}

/** A command that could not do its work, for a reason that is no fault of the input. */
const failure = (what: string, error: unknown, { err }: Streams): ExitCode => {
  const { code = 'failed' } = error as NodeJS.ErrnoException
  err.write(`stillwatch: ${what} (${code})\n`)
  return EXIT.failed
}

/** What went wrong with a trace, and how far it was replayed. */
const tellProblems = (
  { problems, lines, calls }: TraceRead,
  json: boolean,
  streams: Streams,
): void => {
  printProblems(problems, json, streams)
  if (json) return
  streams.err.write(
    `stillwatch: nothing is summed up: ${calls} calls were judged before the first of these problems, ${lines} lines were looked at\n`,
  )
}

/** What was left out of a summary, line by line, and whether the rest of the file was. */
const tellLeftOut = (read: TraceRead, { err }: Streams): void => {
  for (const problem of read.problems) err.write(`${formatProblem(problem)}\n`)
  if (read.cut) {
    err.write(
      `stillwatch: the trace ends early; the ${read.calls} calls before the damage are summed up\n`,
    )
  }
  if (read.skipped === 0) return
  const told = read.problems.length - (read.cut ? 1 : 0)
  err.write(
    `stillwatch: ${read.skipped} of ${read.lines} lines were left out${read.skipped > told ? `; the first ${told} problems are told above` : ''}\n`,
  )
}

const recorder = (replay: Replay, file: RecordFile): Pick<Replay, 'judge' | 'count'> => ({
  judge: (recorded) => replay.judge(recorded),
  count: (recorded, judged) => {
    const pending = replay.count(recorded, judged)
    const line = replay.record(judged.event)
    const added = file.add(`${line.slice(0, -1)},"label":${JSON.stringify(recorded.label)}}`)
    return pending instanceof Promise ? pending.then(() => added) : added
  },
})

const replayKeeping = async (
  options: ReplayCommand,
  streams: Streams,
  keep: (replay: Replay, campaigns: number) => ExitCode,
): Promise<ExitCode> => {
  const { json, lenient, out, trace } = options
  const refuse = (problems: readonly Problem[]): ExitCode => {
    printProblems(problems, json, streams)
    return EXIT.problems
  }
  const loaded = loadOfflineSettings(options.config)
  if (!loaded.ok) return refuse(loaded.problems)
  const { settings } = loaded
  const opened = await openReplay({
    settings,
    accounts: options.accounts,
    onProblem: (problem) => streams.err.write(`${formatProblem(problem)}\n`),
  })
  if (!opened.ok) return refuse(opened.problems)
  const { replay } = opened
  await tellReplaced({ '--out': out, '--summary': options.summary }, streams)
  const file = out === undefined ? undefined : await openRecordFile(out)
  const progress = createProgress(replay, streams.err)
  let read: TraceRead
  try {
    read = await readTrace(
      { file: trace, maxBodyBytes: settings.bodies.max, lenient, onLine: () => progress.step() },
      file === undefined ? replay : recorder(replay, file),
    )
  } catch (error) {
    await file?.abandon()
    await replay.finish()
    progress.done()
    return failure(
      `the replay could not go on, at ${replay.progress().calls} calls`,
      error,
      streams,
    )
  }
  progress.done()
  const summary = await replay.finish({ skipped: read.skipped, cut: read.cut })
  if (!read.whole) {
    await file?.abandon()
    tellProblems(read, json, streams)
    return EXIT.problems
  }
  try {
    await file?.finish()
    if (options.summary !== undefined) {
      await writeSummary(options.summary, summary, 2)
    }
  } catch (error) {
    return failure('what the replay came to could not be written', error, streams)
  }
  streams.out.write(json ? `${JSON.stringify(summary)}\n` : summaryText(summary, options.accounts))
  if (read.problems.length > 0) tellLeftOut(read, streams)
  return keep(replay, summary.campaigns.length)
}

/**
 * Puts recorded calls through the guard on their own clock, without a network, and says what would have
 * become of them. A trace with a problem comes to nothing but its problems, unless `lenient`; one without
 * a call always does.
 */
export const replayTrace = (options: ReplayCommand, streams: Streams): Promise<ExitCode> =>
  keepingFound(options.campaigns, streams, (keep) => replayKeeping(options, streams, keep))
