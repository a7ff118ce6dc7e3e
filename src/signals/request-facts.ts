import type { Call } from '../core/call.ts'
import { UNKNOWN, type Facts } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import { clientName } from './client-name.ts'
import { createHeaderPlans } from './client-stack.ts'

/**
 * Writes what the call itself says into the sheet: `caller.*` (but for what only an edge can know) and
 * `request.*`. What the caller left out, such as an output cap, is unknown (`absent`), not zero.
 */
export const createRequestFacts = (options: {
  /** Keyed hash for the one purpose of client stacks. */
  readonly stackHash: KeyedHash
  /** Headers that a trusted edge adds, lower case: no property of the client. */
  readonly edgeHeaders?: readonly string[]
}): ((call: Call, facts: Facts) => void) => {
  const planOf = createHeaderPlans(options)
  return (call, facts) => {
    const { ask, rawHeaders, route } = call
    const plan = planOf(rawHeaders)
    const userAgent = rawHeaders[plan.userAgentAt]
    const client = clientName(
      {
        userAgent,
        sdkLanguage: rawHeaders[plan.sdkLanguageAt],
        sdkVersion: rawHeaders[plan.sdkVersionAt],
        googleClient: rawHeaders[plan.googleClientAt],
      },
      call.dialect,
    )
    facts.set('caller.ip', call.caller.address)
    facts.set('caller.network', call.caller.network)
    facts.set('caller.credential', call.credential?.id ?? UNKNOWN.absent)
    facts.set('caller.user_agent', userAgent ?? UNKNOWN.absent)
    facts.set('caller.client', client ?? UNKNOWN.absent)
    facts.set('caller.stack', plan.stack)
    facts.set('request.dialect', call.dialect)
    facts.set('request.path', call.path)
    facts.set('request.kind', route.kind)
    facts.set('request.model', ask.model ?? UNKNOWN.absent)
    facts.set('request.stream', ask.stream)
    facts.set('request.max_tokens', ask.maxTokens ?? UNKNOWN.absent)
    facts.set('request.candidates', ask.candidates)
    facts.set('request.tools', ask.tools)
    facts.set('request.reasoning', ask.reasoning)
    facts.set('request.input_tokens_estimate', ask.inputTokensEstimate)
  }
}
