import { join } from 'node:path'
import type { Ruling } from '../../src/core/decision.ts'
import type { CallEvent } from '../../src/core/event.ts'
import { Facts, type Findings } from '../../src/core/facts.ts'
import type { RecordedCall } from '../../src/core/recorded-call.ts'
import { decide } from '../../src/policy/decide.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { createReference, type Reference } from '../../src/policy/reference.ts'
import type { Addresses } from '../../src/sinks/address-mask.ts'
import { createDecisionIndex, type DecisionIndex } from '../../src/sinks/decision-index.ts'
import { createDecisionLog } from '../../src/sinks/decision-log.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import { createDecisionSink } from '../../src/sinks/decision-sink.ts'
import { createIndexSelection } from '../../src/sinks/index-selection.ts'
import { readRecord } from '../../src/sinks/read-record.ts'
import { aLimitState, anEvent, someFacts } from './an-event.ts'
import { createFakeClock } from './clock.ts'

/** Arrival of the first call; the Nth comes N seconds later. */
export const CALLS_FROM_MS = Date.UTC(2026, 3, 22)

/** Who is proven in these tests: who has paid twice. */
export const paidTwice = (): Reference => {
  const compiled = createReference('payment.settled_count >= 2.0')
  if (!compiled.ok) throw new Error('no reference')
  return compiled.reference
}

/** The id of the Nth call. */
export const callId = (n: number): string => `id-${n}`

/** What a guard with this policy would have told its sinks of the Nth call. */
export const judgedEvent = (
  policy: Policy,
  n: number,
  findings: Findings = {},
  changes: Partial<CallEvent> = {},
): CallEvent => {
  const facts = new Facts(someFacts(findings).values)
  const decision = decide(policy, facts)
  const states = decision.demands.map(({ limit, quota, enforced }) =>
    aLimitState({ limit, quota, enforced }),
  )
  const lease = { cost: { inputTokens: 1, outputTokens: 1, nanoUsd: 0 } }
  const ruling: Ruling = {
    verdict: decision.verdict,
    decision,
    admission:
      decision.verdict === 'allow' ? { admitted: true, lease, states, degraded: false } : undefined,
    shed: undefined,
  }
  return anEvent({
    arrival: { ...anEvent().arrival, id: callId(n), atMs: CALLS_FROM_MS + n * 1_000 },
    facts,
    ruling,
    outcome: decision.verdict === 'allow' ? 'served' : 'refused',
    ...changes,
  })
}

/** The record of an event as it is read again. */
export const recordedCall = (event: CallEvent, addresses: Addresses = 'network'): RecordedCall => {
  const line = createDecisionRecord({ addresses, hash: (text) => `#${text.length}` })(event)
  const call = readRecord(line)
  if (call === undefined) throw new Error(`not a record: ${line}`)
  return call
}

/** A decision log with its index in a folder, with these events in it. */
export const aDecisionLog = async (
  root: string,
  events: readonly CallEvent[],
  options: { readonly segmentBytes?: number; readonly addresses?: Addresses } = {},
): Promise<{ readonly segments: string; readonly index: DecisionIndex }> => {
  const segments = join(root, 'decisions')
  const index = createDecisionIndex({
    path: join(root, 'decisions.sqlite'),
    segments,
    arrivalMsOf: (id) =>
      /^id-\d+$/.test(id) ? CALLS_FROM_MS + Number(id.slice(3)) * 1_000 : undefined,
    onDrop: () => undefined,
  })
  const log = createDecisionLog({
    directory: segments,
    clock: createFakeClock(),
    onDrop: () => undefined,
    ...(options.segmentBytes !== undefined && { segmentBytes: options.segmentBytes }),
  })
  const sink = createDecisionSink({
    record: createDecisionRecord({
      addresses: options.addresses ?? 'network',
      hash: (text) => text,
    }),
    selection: createIndexSelection({ perSecond: 10 }),
    log,
    index,
  })
  for (const event of events) sink.accept(event)
  await log.close()
  return { segments, index }
}
