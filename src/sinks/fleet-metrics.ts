import { Gauge, type Registry } from 'prom-client'
import { registerScrapedCounter } from './scraped-counter.ts'

/** How the limits of a process stand with the fleet, as far as somebody watches it. */
export type FleetReadings = {
  readonly degraded: boolean
  readonly replicas: number
  readonly ledgers: readonly {
    readonly localDecisions: number
    readonly pending: number
    readonly dropped: number
    readonly repaired: number
  }[]
}

/** Registers what is known of the shared counters, read when somebody scrapes. */
export const registerFleetMetrics = (registry: Registry, read: () => FleetReadings): void => {
  const gauge = (
    name: string,
    help: string,
    value: (readings: FleetReadings) => number,
    aggregator: 'max' | 'sum',
  ): void => {
    const metric = new Gauge({
      name: `stillwatch_store_${name}`,
      help,
      aggregator,
      registers: [],
      collect() {
        this.set(value(read()))
      },
    })
    registry.registerMetric(metric)
  }
  const summed = (
    name: string,
    help: string,
    count: (ledger: FleetReadings['ledgers'][number]) => number,
  ): void =>
    registerScrapedCounter({
      registry,
      name: `stillwatch_store_${name}_total`,
      help,
      labels: [],
      series: () => [[[], read().ledgers.reduce((sum, ledger) => sum + count(ledger), 0)]],
    })

  gauge(
    'degraded',
    '1 while limits go on by the share of this process, since the shared counters cannot be asked',
    ({ degraded }) => (degraded ? 1 : 0),
    'max',
  )
  gauge('replicas', 'Processes that share the limits, as last heard', (r) => r.replicas, 'max')
  gauge(
    'pending',
    'Counters that the shared ones must still be told of',
    ({ ledgers }) => ledgers.reduce((sum, { pending }) => sum + pending, 0),
    'sum',
  )
  summed(
    'local_decisions',
    'Calls judged by the share of this process',
    (ledger) => ledger.localDecisions,
  )
  summed(
    'dropped',
    'Amounts the shared counters were never told of, since memory for them was full',
    (ledger) => ledger.dropped,
  )
  summed(
    'repaired',
    'Shared counters that held something else and were begun anew',
    (ledger) => ledger.repaired,
  )
}
