import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { z } from 'zod'

const SECRET = 'secret of the challenging server'
const KEY_SECRET = 'secret of its keys'

/** Envelopes in which the dialects tell of a challenge. */
export type ChallengeDialect = 'openai' | 'anthropic' | 'gemini'

/** A request that the server got. */
export type Asked = {
  readonly method: string
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** A handler for one kind of request; the default where absent. */
export type Handler = (response: ServerResponse, asked: Asked) => void | Promise<void>

const answerShape = z.object({
  puzzle: z.object({
    parameters: z.object({
      algorithm: z.string(),
      nonce: z.string(),
      salt: z.string(),
      cost: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      keySignature: z.string(),
      data: z.object({ challenge: z.string() }),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
})

/** A puzzle as the guard makes them, with altcha-lib. */
export const puzzleOf = async (
  challenge: string,
  over: { readonly counter?: number | undefined; readonly keyPrefix?: string } = { counter: 40 },
) => {
  const { counter, keyPrefix } = over
  const { parameters, signature = '' } = await createChallenge({
    algorithm: 'PBKDF2/SHA-256',
    cost: 20,
    deriveKey,
    data: { challenge },
    hmacSignatureSecret: SECRET,
    hmacKeySignatureSecret: KEY_SECRET,
    ...(counter !== undefined && { counter }),
    ...(keyPrefix !== undefined && { keyPrefix }),
  })
  return { parameters: { ...parameters }, signature }
}

/** Whether altcha-lib takes a solution of {@link puzzleOf}. */
export const isSolved = async (challenge: unknown, solution: unknown): Promise<boolean> => {
  const { verified } = await verifySolution({
    // What does not have these shapes is what the library is asked to find out.
    challenge: challenge as Parameters<typeof verifySolution>[0]['challenge'],
    solution: solution as Parameters<typeof verifySolution>[0]['solution'],
    deriveKey,
    hmacSignatureSecret: SECRET,
    hmacKeySignatureSecret: KEY_SECRET,
  })
  return verified
}

/** The refusal of a dialect around a challenge object. */
export const refusalOf = (dialect: ChallengeDialect, challenge: object): object => {
  const message = 'Pass the challenge, then try again.'
  if (dialect === 'gemini') {
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'CHALLENGE_REQUIRED' },
      { '@type': 'stillwatch.Challenge', ...challenge },
    ]
    return { error: { code: 403, message, status: 'PERMISSION_DENIED', details } }
  }
  const error = { message, code: 'challenge_required', challenge }
  if (dialect === 'openai') return { error: { ...error, type: 'request_forbidden', param: null } }
  return { type: 'error', error: { ...error, type: 'permission_error' }, request_id: '1' }
}

/** Answers with JSON. */
export const sendJson = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    ...(status === 403 && { 'x-should-retry': 'false' }),
  })
  response.end(JSON.stringify(body))
}

const credentialOf = ({ headers, target }: Asked): string =>
  [headers.authorization, headers['x-api-key'], headers['x-goog-api-key'], target].find(Boolean) +
  ''

/**
 * A server that speaks the protocol of challenges: a call whose credential has no clearance is refused
 * with a puzzle, an answer is verified by altcha-lib. A test replaces what it is about.
 */
export const startChallengingServer = async (dialect: ChallengeDialect = 'openai') => {
  const asked: Asked[] = []
  const cleared = new Set<string>()
  const callers = new Map<string, string>()
  const spent = new Set<string>()
  let url = ''

  /** A challenge object for a caller, with other members where a test says so. */
  const challengeFor = async (caller: string, over: object = {}): Promise<object> => {
    const id = `challenge-${callers.size}`
    callers.set(id, caller)
    return {
      id,
      kind: 'proof_of_work',
      url: `${url}/.stillwatch/challenges/${id}`,
      expires_at: '2040-01-01T00:00:00.000Z',
      puzzle: await puzzleOf(id),
      ...over,
    }
  }

  const handlers: { call: Handler; answer: Handler } = {
    call: async (response, one) => {
      const caller = credentialOf(one)
      if (cleared.has(caller)) return sendJson(response, 200, { served: one.body })
      sendJson(response, 403, refusalOf(dialect, await challengeFor(caller)))
    },
    answer: async (response, one) => {
      const { puzzle, solution } = answerShape.parse(JSON.parse(one.body))
      const { challenge } = puzzle.parameters.data
      if (!one.target.endsWith(`/${challenge}`)) return sendJson(response, 403, {})
      if (!(await isSolved(puzzle, solution))) return sendJson(response, 422, {})
      cleared.add(callers.get(challenge) ?? '')
      if (spent.has(challenge)) return sendJson(response, 409, {})
      spent.add(challenge)
      const expiresAt = '2040-01-01T01:00:00.000Z'
      const clearance = `clearance-of-${challenge}`
      sendJson(response, 200, { clearance, kind: 'proof_of_work', expires_at: expiresAt })
    },
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: target = '', headers } = request
      if (method === 'OPTIONS') return sendJson(response, 200, {})
      const one = { method, target, headers, body: Buffer.concat(chunks).toString() }
      asked.push(one)
      const handler = target.startsWith('/.stillwatch/') ? handlers.answer : handlers.call
      Promise.resolve(handler(response, one)).catch(() => response.destroy())
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  return {
    url,
    handlers,
    challengeFor,
    /** Takes every clearance back. */
    forget: () => cleared.clear(),
    calls: () => asked.filter(({ target }) => !target.startsWith('/.stillwatch/')),
    answers: () => asked.filter(({ target }) => target.startsWith('/.stillwatch/')),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A running one. */
export type ChallengingServer = Awaited<ReturnType<typeof startChallengingServer>>
