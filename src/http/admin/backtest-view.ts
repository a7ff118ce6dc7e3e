import type { ChangedCall, Counts } from '../../policy/backtest-report.ts'
import type { Harm } from '../../policy/harm.ts'
import type { BacktestResult, Span } from './backtesting.ts'

const NOTES = [
  'limits are not replayed: what one would newly refuse is estimated from the counters in the records',
  'only decisions recorded by this guard, in its data_dir, are looked at',
  'both policies are judged over recorded facts: what callers would have done otherwise is not known',
]

const timeOf = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString()

const spanView = ({ calls, fromMs, untilMs }: Span): object => ({
  calls,
  from: timeOf(fromMs),
  until: timeOf(untilMs),
})

const countsView = ({ calls, entities, proven }: Counts): object => ({ calls, entities, proven })

const exampleView = (call: ChangedCall): object => ({
  decision: call.id,
  at: timeOf(call.atMs),
  account: call.account,
  entity: call.entity,
  from: call.from,
  to: call.to,
  rule_before: call.ruleBefore,
  rule_after: call.ruleAfter,
})

/** Why a change would have to be confirmed, as the API says it. */
export const harmView = ({ confirm, provenRefused, provenUnjudged, because }: Harm): object => ({
  confirm,
  proven_refused: provenRefused,
  proven_unjudged: provenUnjudged,
  because,
})

/** What whoever has to confirm a change is shown of its backtest. */
export const previewView = (result: BacktestResult, harm: Harm): object => ({
  calls: result.calls,
  judged: result.judged,
  from: timeOf(result.fromMs),
  until: timeOf(result.untilMs),
  harm: harmView(harm),
  examples: result.examples.map(exampleView),
})

/** A backtest as the API shows it, field by field. */
export const backtestView = (result: BacktestResult, harm: Harm): object => {
  const { window, entities, unjudged, unlikeRecord } = result
  return {
    revision: result.revision,
    calls: result.calls,
    judged: result.judged,
    window: {
      from: timeOf(result.fromMs),
      until: timeOf(result.untilMs),
      newest: spanView(window.newest),
      hits: spanView(window.hits),
      ended_by: window.endedBy,
      skipped_lines: window.skipped,
      bytes: window.bytes,
      ms: Math.round(window.ms),
      unread: result.unread,
    },
    transitions: result.transitions.map((one) => ({
      from: one.from,
      to: one.to,
      ...countsView(one),
    })),
    rules: result.rules.map((rule) => ({
      rule: rule.rule,
      acts_before: rule.decidedBefore,
      acts_after: rule.decidedAfter,
      shadow_before: rule.shadowBefore,
      shadow_after: rule.shadowAfter,
    })),
    limits: result.limits.map(({ limit, refused, unjudged: open }) => ({
      limit,
      newly_refused: countsView(refused),
      unjudged: countsView(open),
    })),
    reshaped: result.reshaped,
    entities: {
      seen: entities.seen,
      proven: entities.proven,
      proof_unknown: entities.unknown,
      changed: entities.changed,
      newly_refused: entities.refused,
      newly_refused_proven: entities.refusedProven,
      unjudged_proven: entities.unjudgedProven,
    },
    calls_without_account: result.withoutEntity,
    unjudged,
    unlike_record: { calls: unlikeRecord.calls, same_revision: unlikeRecord.sameRevision },
    harm: harmView(harm),
    examples: result.examples.map(exampleView),
    notes: NOTES,
  }
}
