import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Decision } from '../core/decision.ts'
import { VERBS, type CallEvent } from '../core/event.ts'
import { isOverrideRule, overrideRule } from '../core/override.ts'
import type { Sink } from '../core/seams.ts'
import { CALL_LABELS, createCallCounts } from './call-counts.ts'
import { createFastHistogram } from './histogram.ts'
import { registerScrapedCounter } from './scraped-counter.ts'
import { createSignalMisses, type NamedSource } from './signal-misses.ts'
import { createPairTally, type PairTally } from './tallies.ts'

/** Options of the metrics. */
export type MetricsOptions = {
  readonly version: string
  /** Sources of facts, so that those that answer late or fail can be counted by name. */
  readonly signals?: readonly NamedSource[]
  /** Whether the process itself is measured too: memory, CPU, event loop delay. */
  readonly process?: boolean
  /** Pressure of each upstream, 0 to 1, asked when somebody scrapes. */
  readonly pressures?: () => Iterable<readonly [upstream: string, pressure: number]>
}

/** Counts events and what the parts report, in the Prometheus text format. Labels never name a caller. */
export type Metrics = {
  readonly sink: Sink
  /** For metrics that a part keeps itself. */
  readonly registry: Registry
  readonly contentType: string
  text(): Promise<string>
  /** Events that a sink did not take. */
  dropped(sink: string, count: number): void
  /** A policy was read: it is in force, or the last good one stays. */
  reloaded(result: 'ok' | 'failed'): void
  /** Whether the policy in force is older than the files. */
  stale(stale: boolean): void
}

/** Overrides come and go, and each would leave a series behind: they are told by verdict. */
const hitName = ({ rule = '', verdict }: Decision): string =>
  isOverrideRule(rule) ? overrideRule(verdict) : rule

/**
 * The metrics of a process. An event is counted in plain numbers, which are handed to the library when
 * somebody scrapes.
 */
export const createMetrics = (options: MetricsOptions): Metrics => {
  const registry = new Registry()
  if (options.process === true) collectDefaultMetrics({ register: registry })

  const calls = createCallCounts()
  registerScrapedCounter({
    registry,
    name: 'stillwatch_calls_total',
    help: 'Calls by wire form, ruling (none before one) and outcome',
    labels: CALL_LABELS,
    series: () => calls.series(),
  })
  const paired = (name: string, help: string, labels: readonly string[]): PairTally['add'] => {
    const { add, series } = createPairTally()
    registerScrapedCounter({ registry, name: `stillwatch_${name}_total`, help, labels, series })
    return add
  }
  const ruleHit = paired(
    'rule_hits',
    'Rules that matched, and whether they acted or were in shadow',
    ['rule', 'mode'],
  )
  const limitHit = paired('limit_hits', 'Limits without room, and whether they refused', [
    'limit',
    'mode',
  ])
  const shed = paired('shed', 'Calls turned away because their upstream was overloaded', ['tier'])
  const tokens = paired('tokens', 'Settled tokens', ['direction', 'source'])
  const misses = paired('signal_misses', 'Calls for which a source of facts was late or failed', [
    'source',
    'why',
  ])
  const countMisses = createSignalMisses(options.signals ?? [], misses)

  const verbs = createFastHistogram({
    registry,
    name: 'stillwatch_verb_duration_seconds',
    help: 'Duration of each verb of the path; read includes waiting for the body',
    label: { name: 'verb', values: VERBS },
  })
  const firstByteAdded = createFastHistogram({
    registry,
    name: 'stillwatch_first_byte_added_seconds',
    help: 'What the guard itself took before forwarding: read, enrich, decide and admit',
  })

  const registers = [registry]
  const dropped = new Counter({
    name: 'stillwatch_events_dropped_total',
    help: 'Events that a sink did not take or could not keep',
    labelNames: ['sink'],
    registers,
  })
  const reloads = new Counter({
    name: 'stillwatch_policy_reloads_total',
    help: 'Readings of the policy files',
    labelNames: ['result'],
    registers,
  })
  const stale = new Gauge({
    name: 'stillwatch_policy_stale',
    help: '1 while the policy files have problems and the last good policy is in force',
    aggregator: 'max',
    registers,
  })
  const build = new Gauge({
    name: 'stillwatch_build_info',
    help: 'Always 1; the labels tell what is running',
    labelNames: ['version', 'node'],
    aggregator: 'max',
    registers,
  })
  build.set({ version: options.version, node: process.version }, 1)
  // Series that alarms watch must exist before the first mishap.
  for (const result of ['ok', 'failed']) reloads.inc({ result }, 0)

  const { pressures } = options
  if (pressures !== undefined) {
    const gauge: Gauge<'upstream'> = new Gauge({
      name: 'stillwatch_upstream_pressure',
      help: 'How loaded an upstream is, 0 to 1',
      labelNames: ['upstream'],
      aggregator: 'max',
      registers,
      collect: () => {
        for (const [upstream, pressure] of pressures()) gauge.set({ upstream }, pressure)
      },
    })
  }

  const countRuling = ({ ruling }: CallEvent): void => {
    if (ruling === undefined) return
    if (ruling.shed !== undefined) shed(ruling.decision.tier, '')
    const { decision, admission } = ruling
    if (decision.rule !== undefined) ruleHit(hitName(decision), 'enforce')
    for (const { rule } of decision.shadow) ruleHit(rule, 'shadow')
    if (admission === undefined) return
    for (const { limit, exceeded, enforced } of admission.states) {
      if (exceeded) limitHit(limit, enforced ? 'enforce' : 'shadow')
    }
  }

  const countTimes = ({ verbMs }: CallEvent): void => {
    for (let verb = 0; verb < VERBS.length; verb++) {
      const ms = verbMs[VERBS[verb] ?? 'read']
      if (ms !== undefined) verbs.observeMs(verb, ms)
    }
    const { read, enrich, decide, admit, forward } = verbMs
    if (forward === undefined) return
    firstByteAdded.observeMs(0, (read ?? 0) + (enrich ?? 0) + (decide ?? 0) + (admit ?? 0))
  }

  const sink: Sink = {
    name: 'metrics',
    accept(event) {
      calls.add(event)
      countRuling(event)
      countTimes(event)
      if (event.facts !== undefined) countMisses(event.facts)
      if (event.settled === undefined || event.settledFrom === undefined) return
      tokens('input', event.settledFrom, event.settled.inputTokens)
      tokens('output', event.settledFrom, event.settled.outputTokens)
    },
    close: () => Promise.resolve(),
  }

  return {
    sink,
    registry,
    contentType: registry.contentType,
    text: () => registry.metrics(),
    dropped: (name, count) => dropped.inc({ sink: name }, count),
    reloaded: (result) => reloads.inc({ result }),
    stale: (now) => stale.set(now ? 1 : 0),
  }
}
