import type { Call } from '../core/call.ts'
import type { Challenging } from '../core/challenge.ts'
import type { Cost, Decision, Ruling, Shed } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { toFault, type Fault } from '../core/fault.ts'
import type { Dialect, Exchange, Limiter, Upstream } from '../core/seams.ts'
import type { Policy } from '../policy/policy.ts'
import { decide } from '../policy/decide.ts'
import type { Reader } from './read-call.ts'
import { answer, refusalOf, refusalOfFault } from './refuse.ts'
import { reshapeCall } from './reshape-call.ts'
import { estimateCost, type ModelTerms } from './settlement.ts'
import { Trail, type TrailEnds } from './trail.ts'

/** What the path of a call is made of. */
export type GuardParts = TrailEnds & {
  readonly reader: Reader
  readonly gather: (call: Call) => Facts | Promise<Facts>
  readonly policy: { current(): Policy }
  /** Which calls are turned away while their upstream is under pressure; none where it is left out. */
  readonly shed?: ((call: Call, decision: Decision, facts: Facts) => Shed | undefined) | undefined
  readonly limiter: Limiter
  /** Issues challenges; where it is left out a challenged caller is only refused. */
  readonly challenges?: Challenging | undefined
  readonly upstream: Upstream
  readonly modelTerms: (model: string) => ModelTerms
  /** Told of every fault the table does not foresee, with its cause. */
  readonly onInternal: (fault: Fault) => void
}

/** Takes one call from its first byte to its record. Never rejects. */
export type Guard = (exchange: Exchange) => Promise<void>

/** The path of a call: read, enrich, decide, reshape, admit, enforce or forward (and meter), record. */
export const createGuard = (parts: GuardParts): Guard => {
  const { reader, gather, policy, limiter, challenges, upstream, shed: toShed } = parts

  const admit = async (
    decision: Decision,
    call: Call,
    facts: Facts,
    cost: Cost,
  ): Promise<Ruling> => {
    const { verdict } = decision
    if (verdict !== 'allow') {
      const offered =
        verdict === 'challenge' ? await challenges?.offer(call, facts, decision) : undefined
      return { verdict, decision, admission: undefined, shed: undefined, offered }
    }
    const shed = toShed?.(call, decision, facts)
    if (shed !== undefined) return { verdict: 'throttle', decision, admission: undefined, shed }
    const admission = await limiter.admit(decision.demands, cost, call.atMs)
    return {
      verdict: admission.admitted ? 'allow' : 'throttle',
      decision,
      admission,
      shed: undefined,
    }
  }

  return async (exchange) => {
    const trail = new Trail(reader.arrive(exchange), parts)
    try {
      const sent = trail.read(await reader.read(exchange, trail.arrival))
      let facts = trail.enriched(await gather(sent))
      let decision = trail.decided(decide(policy.current(), facts))
      if (decision.verdict === 'challenge' && (await challenges?.heard(facts)) === true) {
        facts = trail.enriched(await gather(sent))
        decision = trail.decided(decide(policy.current(), facts))
      }
      const call = trail.reshaped(reshapeCall(sent, decision, reader))
      const cost = estimateCost(call, parts.modelTerms)
      const ruling = trail.ruled(await admit(decision, call, facts, cost))
      if (ruling.verdict === 'allow') {
        trail.forwarded(await upstream.forward(call, exchange, trail))
      } else {
        const refusal = refusalOf(ruling, call)
        trail.refused(answer(exchange, reader.dialectOf(exchange), refusal))
      }
    } catch (thrown) {
      const fault = toFault(thrown)
      if (fault.code === 'internal') parts.onInternal(fault)
      trail.failed(fault)
      give(exchange, reader.dialectOf(exchange), fault, trail)
    } finally {
      trail.end()
    }
  }
}

const give = (exchange: Exchange, dialect: Dialect, fault: Fault, trail: Trail): void => {
  // A head that has gone out promised an answer that will not come: only a cut says so.
  if (exchange.started || fault.code === 'client_gone') return exchange.cut()
  const { arrival, limits, limitsAgeMs } = trail
  const refusal = refusalOfFault(fault, arrival.id, { limits, atMs: arrival.atMs, limitsAgeMs })
  trail.refused(answer(exchange, dialect, refusal))
}
