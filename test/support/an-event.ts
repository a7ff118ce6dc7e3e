import type { Decision, LimitState, Ruling } from '../../src/core/decision.ts'
import type { CallEvent } from '../../src/core/event.ts'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { aCall } from './a-call.ts'

/** A decision that allows, with whatever a test wants to be different. */
export const aDecision = (changes: Partial<Decision> = {}): Decision => ({
  revision: 'rev-1',
  verdict: 'allow',
  rule: undefined,
  why: undefined,
  retryAfterS: undefined,
  challenge: undefined,
  cleared: [],
  tags: [],
  reshape: undefined,
  reshapedBy: [],
  score: 0,
  scoreReasons: [],
  tier: 'paying',
  factor: 1,
  demands: [],
  shadow: [],
  reasons: [],
  ...changes,
})

/** A limit as a call met it: 1 of 100 requests a minute taken. */
export const aLimitState = (changes: Partial<LimitState> = {}): LimitState => ({
  limit: 'requests-per-account-minute',
  key: 'acct_1',
  counted: 'requests',
  quota: 100,
  cost: 1,
  remaining: 99,
  resetMs: 60_000,
  windowMs: 60_000,
  enforced: true,
  own: true,
  exceeded: false,
  ...changes,
})

/** A ruling of the policy alone, or of one limit where `states` are given. */
export const aRuling = (
  changes: Partial<Decision> = {},
  states: readonly LimitState[] = [],
): Ruling => {
  const decision = aDecision(changes)
  const refusedBy = states.find((state) => state.exceeded && state.enforced)
  if (refusedBy !== undefined) {
    const admission = {
      admitted: false,
      refusedBy,
      because: 'exceeded',
      degraded: false,
      retryAfterMs: refusedBy.resetMs,
      states,
    } as const
    return { verdict: 'throttle', decision, admission, shed: undefined }
  }
  const lease = { cost: { inputTokens: 8, outputTokens: 100, nanoUsd: 0 } }
  return {
    verdict: decision.verdict,
    decision,
    admission:
      decision.verdict === 'allow' ? { admitted: true, lease, states, degraded: false } : undefined,
    shed: undefined,
  }
}

/** Facts of a paying account in France. */
export const someFacts = (changes: Findings = {}): Facts => {
  const facts = new Facts()
  facts.add({
    'caller.ip': '203.0.113.7',
    'caller.network': '203.0.113.0/24',
    'caller.credential': 'credential-hash',
    'caller.user_agent': 'test/1',
    'account.known': true,
    'account.id': 'acct_1',
    'account.age_days': 41.5,
    'payment.verified': true,
    'ip.country': 'FR',
    'ip.asn': 64_500,
    'ip.as_name': 'Example Net',
    'request.dialect': 'openai',
    'request.path': '/v1/chat/completions',
    'request.model': 'm-1',
    'request.stream': false,
    ...changes,
  })
  return facts
}

/** A served call, with whatever a test wants to be different. */
export const anEvent = (changes: Partial<CallEvent> = {}): CallEvent => {
  const call = 'call' in changes ? changes.call : aCall()
  return {
    arrival: {
      id: call?.id ?? '01k0000000000000000000',
      atMs: call?.atMs ?? Date.UTC(2026, 3, 22),
      method: call?.method ?? 'POST',
      path: call?.path ?? '/v1/chat/completions',
      peerAddress: '203.0.113.7',
    },
    facts: someFacts(),
    ruling: aRuling({}, [aLimitState()]),
    outcome: 'served',
    fault: undefined,
    faultCause: undefined,
    status: 200,
    upstreamStatus: 200,
    upstream: 'main',
    usage: { inputTokens: 12, outputTokens: 34 },
    settled: { inputTokens: 12, outputTokens: 34, nanoUsd: 0 },
    settledFrom: 'reported',
    bytesOut: 512,
    totalMs: 812.25,
    firstByteMs: 210.5,
    verbMs: { read: 0.05, enrich: 0.02, decide: 0.01, admit: 0.02, forward: 812 },
    ...changes,
    call,
  }
}

/** What is left of a request that was refused before it became a call. */
export const aRefusedArrival = (changes: Partial<CallEvent> = {}): CallEvent =>
  anEvent({
    call: undefined,
    facts: undefined,
    ruling: undefined,
    outcome: 'refused',
    fault: 'invalid_body',
    status: 400,
    upstreamStatus: undefined,
    upstream: undefined,
    usage: undefined,
    settled: undefined,
    settledFrom: undefined,
    firstByteMs: undefined,
    verbMs: {},
    ...changes,
  })
