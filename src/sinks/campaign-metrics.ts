import { Gauge, type Registry } from 'prom-client'

/** What is known of campaigns where somebody scrapes. */
export type CampaignReadings = {
  /** Campaigns at each level, 0 first. */
  readonly levels: readonly number[]
  /** Milliseconds by which detection is behind the calls. */
  readonly lagMs: number
  /** Entities that are marked. */
  readonly marks: number
}

/** Registers what is known of campaigns, read when somebody scrapes. One process of a machine does so. */
export const registerCampaignMetrics = (registry: Registry, read: () => CampaignReadings): void => {
  registry.registerMetric(
    new Gauge({
      name: 'stillwatch_campaigns',
      help: 'Campaigns by level, those that ended left out',
      labelNames: ['level'],
      aggregator: 'max',
      registers: [],
      collect() {
        for (const [level, count] of read().levels.entries()) this.set({ level: `${level}` }, count)
      },
    }),
  )
  const single = (
    name: string,
    help: string,
    value: (readings: CampaignReadings) => number,
  ): void => {
    const gauge = new Gauge({
      name: `stillwatch_campaign_${name}`,
      help,
      aggregator: 'max',
      registers: [],
      collect() {
        this.set(value(read()))
      },
    })
    registry.registerMetric(gauge)
  }
  single(
    'lag_seconds',
    'How far the detection of campaigns is behind the calls',
    ({ lagMs }) => lagMs / 1_000,
  )
  single('marks', 'Entities that are marked as part of a campaign', ({ marks }) => marks)
}
