import type { Dialect } from '../core/seams.ts'
import { ANTHROPIC_AGENT_ROUTES } from './anthropic-agent-routes.ts'
import { anthropicPrompt } from './anthropic-prompt.ts'
import { anthropicAsk } from './anthropic-ask.ts'
import { ANTHROPIC_LIMITS } from './anthropic-limits.ts'
import {
  ANTHROPIC_REQUEST_ID,
  breakAnthropicStream,
  refuseAsAnthropic,
} from './anthropic-refusal.ts'
import { ANTHROPIC_ROUTES } from './anthropic-routes.ts'
import { ANTHROPIC_USAGE } from './anthropic-usage.ts'
import { limitHeadersOf } from './limit-groups.ts'
import { parseRfc3339 } from './rfc3339.ts'
import { reshapeAnthropic } from './anthropic-reshape.ts'
import { createRouter } from './router.ts'
import { createUsageReader, NO_USAGE } from './usage-reader.ts'

/** Anthropic's API. Its streams always tell usage. */
export const anthropic: Dialect = {
  name: 'anthropic',
  requestIdHeader: ANTHROPIC_REQUEST_ID,
  credentialHeader: (secret) => ['x-api-key', secret],
  route: createRouter([...ANTHROPIC_ROUTES, ...ANTHROPIC_AGENT_ROUTES]),
  ask: anthropicAsk,
  prompt: anthropicPrompt,
  usageReader: (route, contentType) =>
    route.metering === 'generate' ? createUsageReader(ANTHROPIC_USAGE, contentType) : NO_USAGE,
  limitHeaders: (limits, atMs, ageMs) => limitHeadersOf(ANTHROPIC_LIMITS, limits, atMs, ageMs),
  resetMs: (text, nowMs) => {
    const atMs = parseRfc3339(text)
    return atMs === undefined ? undefined : Math.max(0, atMs - nowMs)
  },
  refuse: refuseAsAnthropic,
  breakStream: breakAnthropicStream,
  reshape: reshapeAnthropic,
  askForUsage: () => undefined,
}
