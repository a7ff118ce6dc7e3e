import { Gauge, type Registry } from 'prom-client'
import { registerScrapedCounter } from './scraped-counter.ts'
import { createPairTally } from './tallies.ts'

/** Counts what becomes of challenges. */
export type ChallengeMetrics = {
  /** `event`: issued, limited, or how an answer ended. Kind `unknown` where the answer does not say. */
  count(kind: string, event: string): void
}

/** Registers the metrics of challenges; `inForce` is asked when somebody scrapes. */
export const registerChallengeMetrics = (
  registry: Registry,
  inForce?: () => Iterable<readonly [kind: string, count: number]>,
): ChallengeMetrics => {
  const { add, series } = createPairTally()
  registerScrapedCounter({
    registry,
    name: 'stillwatch_challenges_total',
    help: 'Challenges by kind: issued, limited (too many were asked for), and how answers to them ended',
    labels: ['kind', 'event'],
    series,
  })
  if (inForce !== undefined) {
    registry.registerMetric(
      new Gauge({
        name: 'stillwatch_clearances',
        help: 'Clearances in force, by the kind of challenge that was passed',
        labelNames: ['kind'],
        aggregator: 'max',
        registers: [],
        collect() {
          for (const [kind, count] of inForce()) this.set({ kind }, count)
        },
      }),
    )
  }
  return { count: add }
}
