import { causeCodeOf } from '../core/cause-code.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** What a running guard answered, or one sentence about why it did not. */
export type AdminAnswer = { readonly ok: true; readonly body: unknown } | AdminRefusal

/** Why a guard did not answer as asked; the exit is `problems` where it knows no such thing, or
 * where what was asked makes no sense as things stand; `conflict` is then its own sentence. */
export type AdminRefusal = {
  readonly ok: false
  readonly exit: ExitCode
  readonly what: string
  readonly conflict?: string | undefined
  /** Whether that is because what the write was meant for has changed since. */
  readonly isStale?: boolean | undefined
  /** The problem it answered with, unchecked; absent where nothing answered. */
  readonly problem?: unknown
}

/** A question to the admin API that is more than reading one small answer. */
export type AdminAsk = {
  /** Sent as JSON, by POST unless `method` says other; without one it is a GET. */
  readonly write?: object | undefined
  readonly method?: 'POST' | 'PUT' | 'DELETE' | undefined
  /** The ETag of what the write is meant for. */
  readonly ifMatch?: string | undefined
  /** Milliseconds until the whole answer must be there. */
  readonly deadlineMs?: number | undefined
}

const DEADLINE_MS = 5_000
const MAX_BYTES = 4_000_000
const MAX_SHOWN_CHARS = 300

const wrongUsage = (what: string): AdminRefusal => ({ ok: false, exit: EXIT.usage, what })

const failed = (what: string): AdminRefusal => ({ ok: false, exit: EXIT.failed, what })

/** The body as text; `undefined` for one that is longer than any answer of a guard. */
const bounded = async (answer: Response): Promise<string | undefined> => {
  let sizeBytes = 0
  const chunks: Uint8Array[] = []
  // Of a body that was fetched, the chunks are bytes.
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

const jsonOf = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Printable and short: it comes from another process and goes to a terminal. */
const shown = (text: string): string => text.replace(/[^\x20-\x7e]/g, ' ').slice(0, MAX_SHOWN_CHARS)

const refusedWith = (status: number, body: unknown, at: string): string => {
  if (status === 401) return `the guard at ${at} does not know the token in STILLWATCH_TOKEN`
  if (typeof body !== 'object' || body === null || !('title' in body)) {
    return `what answers at ${at} is not the admin listener of a guard (status ${status})`
  }
  const detail = 'detail' in body ? `: ${String(body.detail)}` : ''
  return `the guard at ${at} refused: ${shown(`${String(body.title)}${detail}`)}`
}

/** Whether a guard said no by that code, which for some is no failure of its own. */
const isProblem = (
  body: unknown,
  code: 'not-found' | 'conflict' | 'precondition-failed' | 'confirmation-required',
): boolean =>
  typeof body === 'object' &&
  body !== null &&
  'type' in body &&
  body.type === `urn:stillwatch:problem:${code}`

/** What a guard said of a question that makes no sense as things stand; `undefined` where it said other. */
const conflictOf = (body: unknown): string | undefined =>
  (isProblem(body, 'conflict') ||
    isProblem(body, 'precondition-failed') ||
    isProblem(body, 'confirmation-required')) &&
  typeof body === 'object' &&
  body !== null &&
  'detail' in body &&
  typeof body.detail === 'string'
    ? shown(body.detail)
    : undefined

/**
 * Asks the admin API of a running guard, `path` with its query, with the token of `STILLWATCH_TOKEN`, and
 * hands its answer to `take` as it comes. Never rejects. Redirects are not followed,
 * for the token is meant for this guard.
 */
export const askAdminFor = async <T>(
  admin: string,
  path: string,
  take: (answer: Response) => Promise<T>,
  ask: AdminAsk = {},
  environment: { readonly [name: string]: string | undefined } = process.env,
): Promise<{ readonly ok: true; readonly taken: T } | AdminRefusal> => {
  const base = URL.canParse(admin) ? new URL(admin) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    return wrongUsage(
      `--admin ${shown(admin)} is not a URL; write one such as http://127.0.0.1:9090`,
    )
  }
  const token = environment['STILLWATCH_TOKEN'] ?? ''
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return wrongUsage('set STILLWATCH_TOKEN to a token of the guard named with --admin')
  }
  const at = base.origin
  const { write, method = 'POST', ifMatch, deadlineMs = DEADLINE_MS } = ask
  try {
    const answer = await fetch(new URL(path, base), {
      ...(write === undefined ? {} : { method, body: JSON.stringify(write) }),
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(write === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(deadlineMs),
    })
    if (answer.status !== 200) {
      const body = jsonOf(await bounded(answer))
      const what = refusedWith(answer.status, body, at)
      const conflict = conflictOf(body)
      if (conflict !== undefined) {
        const isStale = isProblem(body, 'precondition-failed')
        return { ok: false, exit: EXIT.problems, what, conflict, isStale, problem: body }
      }
      const exit = isProblem(body, 'not-found') ? EXIT.problems : EXIT.failed
      return { ok: false, exit, what, problem: body }
    }
    return { ok: true, taken: await take(answer) }
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError'
    const why = late ? `not within ${deadlineMs / 1_000} s` : causeCodeOf(error)
    return failed(`no guard answers at ${at}${why === undefined ? '' : ` (${why})`}`)
  }
}

/**
 * Reads from the admin API of a running guard, or writes to it; the whole answer as JSON. Never rejects;
 * gives up after five seconds.
 */
export const askAdmin = async (
  admin: string,
  path: string,
  environment: { readonly [name: string]: string | undefined } = process.env,
  write?: object,
  how: Pick<AdminAsk, 'method' | 'ifMatch' | 'deadlineMs'> = {},
): Promise<AdminAnswer> => {
  const asked = await askAdminFor(
    admin,
    path,
    async (answer) => jsonOf(await bounded(answer)),
    { write, ...how },
    environment,
  )
  return asked.ok ? { ok: true, body: asked.taken } : asked
}
