import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import type { Puzzle } from '../../src/core/challenge.ts'
import { solvePuzzle } from './a-challenge.ts'
import type { GuardProcess } from './guard-process.ts'

/** An answer as it came; status 0 where the connection broke. */
export type Said = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** A challenge as a refused caller is told of it. */
export type Challenged = {
  readonly id: string
  readonly kind: string
  readonly url: string
  readonly expires_at: string
  readonly puzzle: Puzzle
}

/** What an answer that was good is told. */
export type Cleared = {
  readonly clearance: string
  readonly kind: string
  readonly expires_at: string
}

/** A clearance as the admin API lists it. */
export type ListedClearance = {
  readonly id: string
  readonly state: string
  readonly account?: string
  readonly expires_at: string
}

type Headers = { readonly [name: string]: string }
type Sent = { readonly method: string; readonly headers?: Headers; readonly body?: string }

// Every request on a connection of its own: of several workers, another one has the next.
const apart = new Agent({ keepAlive: false })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** One request, never rejected. */
export const say = (url: string, { method, headers, body = '' }: Sent): Promise<Said> =>
  new Promise((resolve) => {
    const broken = (): void => resolve({ status: 0, headers: {}, body: undefined })
    // By itself Node.js announces no body with DELETE, and sends it all the same.
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const options = { method, agent: apart, headers: { ...length, ...headers } }
    const asked = request(url, options, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => (text += chunk))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(text) }),
      )
      answer.on('error', broken)
    })
    asked.on('error', broken)
    asked.end(body)
  })

/** `error.code` of an answer; `undefined` for one that is no error of the guard's. */
export const codeOf = ({ body }: Said): string | undefined =>
  // As every error of the guard has it, and nothing else here.
  (body as { error?: { code: string } } | undefined)?.error?.code

/** An ordinary call with a credential. */
export const call = (
  { url }: Pick<GuardProcess, 'url'>,
  key: string,
  headers: Headers = {},
): Promise<Said> =>
  say(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, ...headers },
    body: '{"model":"m","messages":[{"role":"user","content":"x"}]}',
  })

/** The challenge of a refused call; throws where it is none. */
export const challengeIn = (said: Said): Challenged => {
  if (said.status !== 403 || codeOf(said) !== 'challenge_required') {
    throw new Error(`not challenged: ${said.status} ${JSON.stringify(said.body)}`)
  }
  // The guard's own words.
  return (said.body as { error: { challenge: Challenged } }).error.challenge
}

/** The challenge that a call with this credential meets. */
export const challengeOf = async (
  guard: Pick<GuardProcess, 'url'>,
  key: string,
  headers: Headers = {},
): Promise<Challenged> => challengeIn(await call(guard, key, headers))

/** The right answer to a challenge, as a body. */
export const solved = ({ puzzle }: Pick<Challenged, 'puzzle'>): string =>
  JSON.stringify({ puzzle, solution: solvePuzzle(puzzle) })

/** Answers a challenge at any replica. */
export const answer = (
  { url }: Pick<GuardProcess, 'url'>,
  id: string,
  body: string,
  headers: Headers = {},
): Promise<Said> =>
  say(`${url}/.stillwatch/challenges/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

/** What stands in the body of an answer that was good. */
export const clearedBy = (said: Said): Cleared => {
  if (said.status !== 200)
    throw new Error(`not cleared: ${said.status} ${JSON.stringify(said.body)}`)
  return said.body as Cleared
}

/** The clearances that a process has heard of, or the store has of one account. */
export const clearancesOf = async (
  guard: GuardProcess,
  account?: string,
): Promise<readonly ListedClearance[]> => {
  const of = account === undefined ? '' : `&account=${account}`
  const { status, body } = await guard.admin(`/api/v1/clearances?limit=1000${of}`)
  if (status !== 200) throw new Error(`no clearances: ${status} ${JSON.stringify(body)}`)
  return (body as { clearances: readonly ListedClearance[] }).clearances
}

/** Ends a clearance as an operator does; the status of the admin API. */
export const revoke = async (guard: GuardProcess, id: string): Promise<number> => {
  const body = JSON.stringify({ why: 'a test' })
  const { status } = await guard.admin(`/api/v1/clearances/${id}/revoke`, { method: 'POST', body })
  return status
}
