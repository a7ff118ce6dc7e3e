import type { CallEvent } from '../../src/core/event.ts'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { aCall } from './a-call.ts'

/** A call that was served with 200, with whatever a test wants to be different. */
export const aServedEvent = (
  options: {
    readonly credentialId?: string
    readonly atMs?: number
    readonly facts?: Findings
    readonly changes?: Partial<CallEvent>
  } = {},
): CallEvent => {
  const { credentialId = 'credential-hash', atMs = Date.UTC(2026, 3, 22) } = options
  const facts = new Facts()
  facts.add(options.facts ?? {})
  const call = aCall({
    atMs,
    credential: { id: credentialId, secret: 'sk-test', carrier: 'authorization' },
  })
  return {
    arrival: {
      id: call.id,
      atMs,
      method: call.method,
      path: call.path,
      peerAddress: call.caller.address,
    },
    call,
    facts,
    ruling: undefined,
    outcome: 'served',
    fault: undefined,
    faultCause: undefined,
    status: 200,
    upstreamStatus: 200,
    upstream: 'main',
    usage: undefined,
    settled: undefined,
    settledFrom: undefined,
    bytesOut: 2,
    totalMs: 1,
    firstByteMs: 1,
    verbMs: {},
    ...options.changes,
  }
}
