import type { Ask, Route } from '../core/call.ts'
import { inputTokensOf, inputTokensOfMedia } from './input-estimate.ts'

/** A call that asks for nothing that policy or metering reads. */
export const NOTHING_ASKED: Ask = {
  model: undefined,
  stream: false,
  maxTokens: undefined,
  candidates: 1,
  tools: 0,
  reasoning: false,
  inputTokensEstimate: 0,
  endUser: undefined,
  background: false,
  wantsUsage: true,
}

/** Input estimate of a route: by the bytes of the body where tokens are charged, else 0. */
export const inputEstimate = (route: Route, json: unknown, bodyBytes: number): number => {
  if (route.metering === 'request' || route.body === 'none') return 0
  return route.body === 'upload' ? inputTokensOfMedia(bodyBytes) : inputTokensOf(json, bodyBytes)
}

/** The ask of a route whose body is not read: what the path itself says, and the size. */
export const askOfPath = (route: Route, json: unknown, bodyBytes: number): Ask => ({
  ...NOTHING_ASKED,
  model: route.model,
  stream: route.stream === true,
  inputTokensEstimate: inputEstimate(route, json, bodyBytes),
})
