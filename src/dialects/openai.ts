import type { Dialect } from '../core/seams.ts'
import { asBuffer } from './as-buffer.ts'
import { openaiPrompt } from './openai-prompt.ts'
import { openaiAsk, tellsUsageOnRequest } from './openai-ask.ts'
import { limitHeadersOf } from './limit-groups.ts'
import { OPENAI_LIMITS, parseOpenaiDuration } from './openai-limits.ts'
import { breakOpenaiStream, OPENAI_REQUEST_ID, refuseAsOpenai } from './openai-refusal.ts'
import { OPENAI_ROUTES } from './openai-routes.ts'
import { OPENAI_STATEFUL_ROUTES } from './openai-stateful-routes.ts'
import { openaiUsageShape } from './openai-usage.ts'
import { reshapeOpenai } from './openai-reshape.ts'
import { createRouter } from './router.ts'
import { createUsageFilter } from './usage-filter.ts'
import { createUsageReader, NO_USAGE } from './usage-reader.ts'
import { withUsageRequested } from './usage-request.ts'

/** OpenAI's API, and the many servers that speak like it. */
export const openai: Dialect = {
  name: 'openai',
  requestIdHeader: OPENAI_REQUEST_ID,
  credentialHeader: (secret) => ['authorization', `Bearer ${secret}`],
  route: createRouter([...OPENAI_ROUTES, ...OPENAI_STATEFUL_ROUTES]),
  ask: openaiAsk,
  prompt: openaiPrompt,
  usageReader: (route, contentType) =>
    route.metering === 'generate' || route.metering === 'embed'
      ? createUsageReader(openaiUsageShape(route), contentType)
      : NO_USAGE,
  limitHeaders: (limits, atMs, ageMs) => limitHeadersOf(OPENAI_LIMITS, limits, atMs, ageMs),
  resetMs: parseOpenaiDuration,
  refuse: refuseAsOpenai,
  breakStream: breakOpenaiStream,
  reshape: reshapeOpenai,
  askForUsage: (route, ask, body) => {
    if (!tellsUsageOnRequest(route) || !ask.stream || ask.wantsUsage) return undefined
    const changed = withUsageRequested(asBuffer(body))
    return changed && { body: changed, filter: createUsageFilter }
  },
}
