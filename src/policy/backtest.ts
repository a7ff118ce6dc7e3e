import type { Decision } from '../core/decision.ts'
import { Facts, type FactName } from '../core/facts.ts'
import type { RecordedCall } from '../core/recorded-call.ts'
import { createBacktestEntities } from './backtest-entities.ts'
import type { Backtest, ChangedCall } from './backtest-report.ts'
import { createTransitions, isHarsher } from './backtest-transitions.ts'
import { decide } from './decide.ts'
import { createDoubts, sameDoubts, type Doubt } from './doubts.ts'
import { createLimitForecast } from './limit-forecast.ts'
import type { Policy } from './policy.ts'
import type { Reference } from './reference.ts'
import { createRuleTallies } from './rule-tallies.ts'

/** A comparison of two policies over recorded calls, under way. */
export type BacktestRun = {
  /** Judges one more call by both. Never throws; about two decisions' time. */
  add(call: RecordedCall): void
  /** What has come of it so far. */
  report(): Backtest
}

/** A verdict that a doubted condition made is nobody's word. */
const decidedInDoubt = (decision: Decision, doubts: readonly Doubt[]): boolean =>
  decision.rule !== undefined && doubts.some((doubt) => doubt.in === `rules.${decision.rule}`)

/**
 * Compares the policy `before` with a changed one, call by call, over the facts that records hold; both are
 * decided again, so that what differs is the change and nothing else. Pure; its memory grows with the
 * number of entities. `isProven` says who must not be harmed.
 */
export const createBacktest = (options: {
  readonly before: Policy
  readonly after: Policy
  readonly isProven: Reference
}): BacktestRun => {
  const { before, after, isProven } = options
  const doubtsBefore = createDoubts(before)
  const doubtsAfter = createDoubts(after)
  const forecast = createLimitForecast(before, after)
  const entities = createBacktestEntities()
  const transitions = createTransitions()
  const rules = createRuleTallies()
  const lostFacts = new Map<FactName, number>()
  let calls = 0
  let unjudged = 0
  let withoutEntity = 0
  let unlike = 0
  let unlikeSame = 0
  let more = 0
  let less = 0
  let fromMs = Infinity
  let untilMs = -Infinity

  const changedCall = (call: RecordedCall, was: Decision, would: Decision): ChangedCall => ({
    id: call.id,
    atMs: call.atMs,
    account: call.facts.known('account.id'),
    entity: entities.nameOf(call.facts),
    from: was.verdict,
    to: would.verdict,
    ruleBefore: was.rule,
    ruleAfter: would.rule,
  })

  return {
    add(call) {
      const facts = new Facts(call.facts.values)
      const was = decide(before, facts)
      const entity = entities.of(call.facts, isProven(facts))
      const would = decide(after, new Facts(call.facts.values))
      calls++
      fromMs = Math.min(fromMs, call.atMs)
      untilMs = Math.max(untilMs, call.atMs)
      if (entity === undefined) withoutEntity++

      const inDoubt = doubtsBefore(was, call)
      const stillInDoubt = doubtsAfter(would, call)
      const uncertain =
        !sameDoubts(inDoubt, stillInDoubt) ||
        decidedInDoubt(was, inDoubt) ||
        decidedInDoubt(would, stillInDoubt)
      if (uncertain) {
        unjudged++
        for (const fact of new Set([...inDoubt, ...stillInDoubt].map((doubt) => doubt.fact))) {
          lostFacts.set(fact, (lostFacts.get(fact) ?? 0) + 1)
        }
        // What was let through may be refused now, whatever the best guess is.
        if (call.verdict === 'allow' || was.verdict === 'allow') entity?.mayBeRefused()
        return
      }

      if (was.verdict !== call.verdict) {
        unlike++
        if (call.revision === before.revision) unlikeSame++
      }
      rules.add(was, would)
      const bothPass = was.verdict === 'allow' && would.verdict === 'allow'
      if (bothPass && was.reshape === undefined && would.reshape !== undefined) more++
      if (bothPass && was.reshape !== undefined && would.reshape === undefined) less++
      if (was.verdict !== would.verdict) {
        transitions.add(changedCall(call, was, would))
        entity?.changed(was.verdict, would.verdict, isHarsher(was.verdict, would.verdict))
      }
      if (!bothPass) return
      for (const { limit, outcome } of forecast(was.demands, would.demands, call.limits)) {
        entities.limitMet(limit, outcome, entity)
      }
    },
    report: () => ({
      calls,
      judged: calls - unjudged,
      fromMs: calls === 0 ? undefined : fromMs,
      untilMs: calls === 0 ? undefined : untilMs,
      transitions: transitions.counted((from, to) => entities.countOf(from, to)),
      rules: rules.changed(),
      limits: entities.limits(),
      reshaped: { more, less },
      entities: entities.counted(),
      withoutEntity,
      unjudged: {
        calls: unjudged,
        facts: [...lostFacts]
          .map(([fact, count]) => ({ fact, calls: count }))
          .toSorted((a, b) => b.calls - a.calls),
      },
      unlikeRecord: { calls: unlike, sameRevision: unlikeSame },
      examples: transitions.examples(),
    }),
  }
}
