import type { DialectName } from '../core/call.ts'
import { jsonAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { anthropicHeaders } from './stand-in-anthropic.ts'
import { openaiHeaders } from './stand-in-openai.ts'
import type { StandInRequest } from './stand-in-request.ts'

/** Ways the stand-in fails, each named by the model that asks for it. */
export type Failure = 400 | 401 | 404 | 429 | 500

type Words = { readonly type: string; readonly code: string | null; readonly text: string }

const OPENAI: { readonly [F in Failure]: Words } = {
  400: { type: 'invalid_request_error', code: null, text: 'The request is not valid.' },
  401: {
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    text: 'Incorrect API key provided.',
  },
  404: { type: 'invalid_request_error', code: 'unknown_url', text: 'Unknown request URL.' },
  429: {
    type: 'requests',
    code: 'rate_limit_exceeded',
    text: 'Rate limit reached. Please try again in 2s.',
  },
  500: { type: 'server_error', code: null, text: 'The server had an error.' },
}

const ANTHROPIC: { readonly [F in Failure]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  500: 'api_error',
}

/** Google answers a bad key with 400. */
const GEMINI: { readonly [F in Failure]: readonly [code: number, status: string] } = {
  400: [400, 'INVALID_ARGUMENT'],
  401: [400, 'INVALID_ARGUMENT'],
  404: [404, 'NOT_FOUND'],
  429: [429, 'RESOURCE_EXHAUSTED'],
  500: [500, 'INTERNAL'],
}

const RETRY_AFTER = { 'retry-after': '2' } as const

const rpc = (name: string): string => `type.googleapis.com/google.rpc.${name}`

const geminiDetails = (failure: Failure): readonly object[] => {
  if (failure === 401) {
    return [{ '@type': rpc('ErrorInfo'), reason: 'API_KEY_INVALID', domain: 'googleapis.com' }]
  }
  return failure === 429 ? [{ '@type': rpc('RetryInfo'), retryDelay: '2s' }] : []
}

const waitOf = (failure: Failure): StandInAnswer['headers'] => (failure === 429 ? RETRY_AFTER : {})

type Fail = (request: StandInRequest, failure: Failure) => StandInAnswer

const FAIL: { readonly [D in DialectName]: Fail } = {
  openai: (request, failure) => {
    const { type, code, text } = OPENAI[failure]
    return jsonAnswer(
      { error: { message: text, type, param: null, code } },
      { ...openaiHeaders(request), ...waitOf(failure) },
      failure,
    )
  },
  anthropic: (request, failure) => {
    const headers = anthropicHeaders(request)
    return jsonAnswer(
      {
        type: 'error',
        error: { type: ANTHROPIC[failure], message: OPENAI[failure].text },
        request_id: headers['request-id'],
      },
      { ...headers, ...waitOf(failure) },
      failure,
    )
  },
  gemini: (_request, failure) => {
    const [code, status] = GEMINI[failure]
    const message = OPENAI[failure].text
    return jsonAnswer(
      { error: { code, message, status, details: geminiDetails(failure) } },
      { 'content-type': 'application/json; charset=UTF-8' },
      code,
    )
  },
}

/** An error as the provider of the request's dialect words it. */
export const failAs = (request: StandInRequest, failure: Failure): StandInAnswer =>
  FAIL[request.dialect](request, failure)
