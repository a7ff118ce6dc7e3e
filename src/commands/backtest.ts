import { readPolicyFiles } from '../policy/files.ts'
import { askAdmin } from './ask-admin.ts'
import { backtestText } from './backtest-text.ts'
import { backtestAnswer, problemsAnswer } from './backtest-wire.ts'
import { paintFor } from './campaigns-paint.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { printProblems, type Streams } from './serve.ts'

/** A switch as it is tried: `mode` or `rollout`, or neither to take it back. */
export type TriedSwitch = {
  readonly id: string
  readonly mode?: string
  readonly rollout?: number
}

/** What `backtest` is told. */
export type BacktestOptions = {
  readonly json: boolean
  /** URL of the running guard whose records are judged. */
  readonly admin: string
  /** Files or patterns of all documents; those in force where absent. */
  readonly policies?: readonly string[] | undefined
  readonly switch: readonly TriedSwitch[]
  readonly limit?: number | undefined
}

/** What the command needs of the rest. */
export type BacktestGround = {
  readonly streams: Streams
  readonly nowMs?: (() => number) | undefined
}

/** A guard works for ten seconds at most, and may first have to compile. */
const DEADLINE_MS = 60_000

/**
 * Asks a running guard what changed documents or switches would have made of its recorded decisions, and
 * prints the report. Changes nothing.
 */
export const backtest = async (
  { json, admin, policies, switch: switches, limit }: BacktestOptions,
  { streams, nowMs = Date.now }: BacktestGround,
): Promise<ExitCode> => {
  if (policies === undefined && switches.length === 0) {
    streams.err.write('stillwatch: write --policies, --switch or both\n')
    return EXIT.usage
  }
  const files = policies === undefined ? undefined : await readPolicyFiles(policies, '.')
  if (files?.ok === false) {
    printProblems(files.problems, json, streams)
    return EXIT.problems
  }
  const write = {
    ...(files !== undefined && { documents: files.documents }),
    ...(switches.length > 0 && { switches }),
    ...(limit !== undefined && { limit }),
  }
  const answer = await askAdmin(admin, '/api/v1/backtest', process.env, write, {
    deadlineMs: DEADLINE_MS,
  })
  if (!answer.ok) {
    const problems = problemsAnswer.safeParse(answer.problem)
    if (problems.success) {
      printProblems(problems.data.problems, json, streams)
      return EXIT.problems
    }
    streams.err.write(`stillwatch: ${answer.what}\n`)
    return answer.exit
  }
  const told = backtestAnswer.safeParse(answer.body)
  if (!told.success) {
    const at = new URL(admin).origin
    streams.err.write(
      `stillwatch: what answers at ${at} does not speak of backtests as this does\n`,
    )
    return EXIT.failed
  }
  streams.out.write(
    json
      ? `${JSON.stringify(told.data)}\n`
      : backtestText(told.data, { nowMs: nowMs(), paint: paintFor(streams.out) }),
  )
  return EXIT.done
}
