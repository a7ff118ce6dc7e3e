import type { Counted } from '../core/decision.ts'
import type { GroupNames, LimitWire } from './limit-groups.ts'
import { rfc3339 } from './rfc3339.ts'

const group = (counted: Counted, word: string): GroupNames => ({
  counted,
  names: [
    `anthropic-ratelimit-${word}-limit`,
    `anthropic-ratelimit-${word}-remaining`,
    `anthropic-ratelimit-${word}-reset`,
  ],
})

/** `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`. */
export const ANTHROPIC_LIMITS: LimitWire = {
  groups: [
    group('requests', 'requests'),
    group('tokens', 'tokens'),
    group('input_tokens', 'input-tokens'),
    group('output_tokens', 'output-tokens'),
  ],
  resetText: (_resetMs, atMs) => (atMs === undefined ? undefined : rfc3339(atMs)),
}
