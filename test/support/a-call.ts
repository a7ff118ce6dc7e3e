import type { Ask, Call } from '../../src/core/call.ts'
import { networkOf } from '../../src/core/ip.ts'

/** An ordinary chat completion, with whatever a test wants to be different. */
export const aCall = (
  changes: Partial<Omit<Call, 'ask'>> & { readonly ask?: Partial<Ask> } = {},
): Call => {
  const { ask, ...call } = changes
  const address = call.caller?.address ?? '203.0.113.7'
  return {
    id: '01k0000000000000000000',
    atMs: Date.UTC(2026, 3, 22),
    method: 'POST',
    path: '/v1/chat/completions',
    target: '/v1/chat/completions',
    rawHeaders: ['host', 'guard.test', 'user-agent', 'test/1', 'content-type', 'application/json'],
    caller: { address, network: networkOf(address) },
    credential: { id: 'credential-hash', secret: 'sk-test', carrier: 'authorization' },
    dialect: 'openai',
    route: {
      operation: 'chat.completions.create',
      kind: 'generate',
      metering: 'generate',
      body: 'json',
    },
    body: new TextEncoder().encode('{"model":"m-1","messages":[]}'),
    ...call,
    ask: {
      model: 'm-1',
      stream: false,
      maxTokens: undefined,
      candidates: 1,
      tools: 0,
      reasoning: false,
      inputTokensEstimate: 8,
      endUser: undefined,
      background: false,
      wantsUsage: false,
      ...ask,
    },
  }
}
