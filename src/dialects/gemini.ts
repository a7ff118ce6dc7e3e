import type { Dialect } from '../core/seams.ts'
import { geminiPrompt } from './gemini-prompt.ts'
import { geminiAsk } from './gemini-ask.ts'
import { breakGeminiStream, GEMINI_REQUEST_ID, refuseAsGemini } from './gemini-refusal.ts'
import { GEMINI_LIMITS } from './gemini-limits.ts'
import { GEMINI_ROUTES } from './gemini-routes.ts'
import { geminiUsageShape } from './gemini-usage.ts'
import { limitHeadersOf } from './limit-groups.ts'
import { reshapeGemini } from './gemini-reshape.ts'
import { createRouter } from './router.ts'
import { createUsageReader, NO_USAGE } from './usage-reader.ts'

/** The Gemini API of Google AI. Its streams always tell usage. */
export const gemini: Dialect = {
  name: 'gemini',
  requestIdHeader: GEMINI_REQUEST_ID,
  credentialHeader: (secret) => ['x-goog-api-key', secret],
  route: createRouter(GEMINI_ROUTES, { verbs: true }),
  ask: geminiAsk,
  prompt: geminiPrompt,
  usageReader: (route, contentType) =>
    route.metering === 'generate' || route.metering === 'embed'
      ? createUsageReader(geminiUsageShape(route), contentType)
      : NO_USAGE,
  limitHeaders: (limits, atMs, ageMs) => limitHeadersOf(GEMINI_LIMITS, limits, atMs, ageMs),
  resetMs: () => undefined,
  refuse: refuseAsGemini,
  breakStream: breakGeminiStream,
  reshape: reshapeGemini,
  askForUsage: () => undefined,
}
