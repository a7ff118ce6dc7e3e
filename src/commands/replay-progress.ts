import type { Replay } from '../app-replay.ts'

/** How a replay gets on, on one line that is written over. */
export type Progress = {
  /** Called for every line; looks at the time now and then. */
  step(): void
  /** Wipes the line. */
  done(): void
}

const LINES_BETWEEN_LOOKS = 256
const EVERY_MS = 500
const WIPE = '\r\u001b[K'

const NONE: Progress = { step: () => undefined, done: () => undefined }

/** A progress line on a terminal; on anything else nothing. */
export const createProgress = (
  replay: Pick<Replay, 'progress'>,
  terminal: { readonly isTTY?: boolean; write(text: string): unknown },
): Progress => {
  if (terminal.isTTY !== true) return NONE
  const beganMs = performance.now()
  let lines = 0
  let saidMs = beganMs
  return {
    step: () => {
      if (++lines % LINES_BETWEEN_LOOKS !== 0) return
      const nowMs = performance.now()
      if (nowMs - saidMs < EVERY_MS) return
      saidMs = nowMs
      const { calls, atMs, campaigns } = replay.progress()
      const rate = Math.round((calls / (nowMs - beganMs)) * 1000).toLocaleString('en-US')
      const levels = [0, 0, 0, 0, 0]
      for (const { level } of campaigns) levels[level] = (levels[level] ?? 0) + 1
      const date = atMs === undefined ? '' : new Date(atMs).toISOString().slice(0, 16)
      terminal.write(
        `${WIPE}${calls.toLocaleString('en-US')} calls  ${date}  ${rate}/s  campaigns by level ${levels.join('/')}`,
      )
    },
    done: () => {
      terminal.write(WIPE)
    },
  }
}
