import Anthropic from '@anthropic-ai/sdk'
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'

/** The four SDKs under test, by the name of their package. */
export const SDKS = ['openai', 'anthropic', 'google', 'ai'] as const

/** One of them. */
export type SdkName = (typeof SDKS)[number]

/** One client of each SDK, all for the same server. */
export type SdkClients = {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
  readonly google: GoogleGenAI
  /** Provider of the `ai` package; its retries are an option of each call. */
  readonly ai: OpenAIProvider
  /** For the calls of `ai`: no retries, or nothing where its default is to hold. */
  readonly aiRetries: { readonly maxRetries?: number }
  /** Ends the call that it is given to. */
  readonly signal: AbortSignal
  readonly abort: () => void
}

/** Clients for one server, without retries unless `retries` is `default`. */
export const createSdkClients = (options: {
  readonly url: string
  readonly fetch: typeof fetch
  readonly retries?: 'none' | 'default'
  /** Added to the base URL, for a path that nobody serves. */
  readonly prefix?: string
}): SdkClients => {
  const { fetch, retries = 'none' } = options
  const url = `${options.url}${options.prefix ?? ''}`
  const few = retries === 'none' ? { maxRetries: 0 } : {}
  const controller = new AbortController()
  return {
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-of-openai', fetch, ...few }),
    anthropic: new Anthropic({ baseURL: url, apiKey: 'sk-of-anthropic', fetch, ...few }),
    google: new GoogleGenAI({
      apiKey: 'AIza-of-google',
      // Without retry options this SDK asks once.
      httpOptions: { baseUrl: url, fetch },
    }),
    ai: createOpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-of-ai', fetch }),
    aiRetries: few,
    signal: controller.signal,
    abort: () => controller.abort(),
  }
}
