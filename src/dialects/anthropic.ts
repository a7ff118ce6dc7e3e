import type { Dialect } from '../core/seams.ts'
import { ANTHROPIC_AGENT_ROUTES } from './anthropic-agent-routes.ts'
import { anthropicAsk } from './anthropic-ask.ts'
import {
  ANTHROPIC_REQUEST_ID,
  breakAnthropicStream,
  refuseAsAnthropic,
} from './anthropic-refusal.ts'
import { ANTHROPIC_ROUTES } from './anthropic-routes.ts'
import { ANTHROPIC_USAGE } from './anthropic-usage.ts'
import { createRouter } from './router.ts'
import { createUsageReader, NO_USAGE } from './usage-reader.ts'

/** Anthropic's API. Its streams always tell usage. */
export const anthropic: Dialect = {
  name: 'anthropic',
  requestIdHeader: ANTHROPIC_REQUEST_ID,
  credentialHeader: (secret) => ['x-api-key', secret],
  route: createRouter([...ANTHROPIC_ROUTES, ...ANTHROPIC_AGENT_ROUTES]),
  ask: anthropicAsk,
  usageReader: (route, contentType) =>
    route.metering === 'generate' ? createUsageReader(ANTHROPIC_USAGE, contentType) : NO_USAGE,
  refuse: refuseAsAnthropic,
  breakStream: breakAnthropicStream,
  askForUsage: () => undefined,
}
