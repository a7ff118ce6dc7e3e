import type { Context } from 'hono'
import { Fault } from '../../core/fault.ts'
import { problemJson } from './problem-json.ts'

/** What an operator is told where no detector was set up. */
export const NO_DETECTOR =
  'no detector runs beside this guard; see campaigns in the settings, or ask the guard that has one'

/** What an operator is told where there is one that cannot be asked. */
export const UNREACHABLE =
  'the detector of campaigns cannot be reached; calls go on with the marks they have, which end by themselves. See /readyz and the log of the guard, and restart the guard or the worker that runs `detect` if it persists'

/** What an operator is told where the answer takes too long. */
const LATE = 'the detector of campaigns is busy; ask again in a minute'

/** Below the five seconds after which the command line gives up. */
const DEADLINE_MS = 4_000

const ID = /^[\w][\w.:~-]{0,127}$/

/** The id of the campaign that is asked about; `undefined` for what cannot be one. */
export const campaignId = (c: Context): string | undefined => {
  const id = c.req.param('id') ?? ''
  return ID.test(id) ? id : undefined
}

/** Rejects with a `TimeoutError` where `work` has not ended by then; the work goes on and is ignored. */
export const withinDeadline = async <T>(work: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DOMException('the detector did not answer', 'TimeoutError')),
      deadlineMs,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Why a question to the detector failed, in words for operators; `undefined` for what nobody foresaw. */
export const detectorTrouble = (
  error: unknown,
): { readonly code: 'slow' | 'unavailable'; readonly detail: string } | undefined => {
  if (error instanceof Fault) return { code: 'unavailable', detail: UNREACHABLE }
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return { code: 'slow', detail: LATE }
  return undefined
}

/** The answer to a question that failed, where operators can do something about it; throws on otherwise. */
export const troubleAnswer = (c: Context, error: unknown): Response => {
  const trouble = detectorTrouble(error)
  if (trouble === undefined) throw error
  return problemJson(c, trouble.code, trouble.detail)
}

/** Asks the detector; a detector that is away or slow is a 503 that says what to do. */
export const tryDetector = async (c: Context, ask: () => Promise<Response>): Promise<Response> => {
  try {
    return await withinDeadline(ask())
  } catch (error) {
    return troubleAnswer(c, error)
  }
}
