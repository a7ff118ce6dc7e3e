import * as Anthropic from '@anthropic-ai/sdk'
import { ApiError } from '@google/genai'
import { APICallError, RetryError } from 'ai'
import * as OpenAI from 'openai'

/** What a program that catches the error of an SDK can read from it. */
export type SdkError = {
  /** Name of the class. */
  readonly raised: string
  /** Whether it is one of the SDK's own classes for answers of the API. */
  readonly typed: boolean
  readonly status: number | undefined
  /** What a person is shown. */
  readonly message: string
  /** `error.code` of the answer, where this SDK keeps it. */
  readonly code: unknown
  /** Where the SDK has a place for it. */
  readonly requestId: string | undefined
}

/** A member at the end of a path of names and indices; `undefined` where it leads nowhere. */
export const memberOf = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (at, name) =>
      // Any object may be asked for a member that it may not have.
      typeof at === 'object' && at !== null ? (at as { [name: string]: unknown })[name] : undefined,
    value,
  )

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the error of any of the four SDKs. */
export const sdkErrorOf = (error: unknown): SdkError => {
  const raised = error instanceof Error ? error.constructor.name : typeof error
  const message = error instanceof Error ? error.message : String(error)
  const base = { raised, message, typed: true }
  if (error instanceof OpenAI.APIError) {
    const { status, code, requestID } = error as OpenAI.APIError
    return { ...base, status, code, requestId: requestID ?? undefined }
  }
  if (error instanceof Anthropic.APIError) {
    const code = memberOf(error.error, 'error', 'code')
    const { status, requestID } = error as { status?: number; requestID?: string | null }
    return { ...base, status, code, requestId: requestID ?? undefined }
  }
  if (error instanceof ApiError) {
    // This SDK hands out the body as the message, within a stream after a few words of its own.
    const body = parsed(message.slice(message.indexOf('{')))
    const words = memberOf(body, 'error', 'message')
    const info = memberOf(body, 'error', 'details', 0, 'metadata')
    return {
      ...base,
      status: error.status,
      message: typeof words === 'string' ? words : message,
      code: memberOf(info, 'code'),
      requestId: memberOf(info, 'request_id') as string | undefined,
    }
  }
  if (RetryError.isInstance(error)) return { ...sdkErrorOf(error.lastError), raised, message }
  if (APICallError.isInstance(error)) {
    return {
      ...base,
      status: error.statusCode,
      code: memberOf(error.data, 'error', 'code'),
      requestId: error.responseHeaders?.['x-request-id'],
    }
  }
  return { ...base, typed: false, status: undefined, code: undefined, requestId: undefined }
}
