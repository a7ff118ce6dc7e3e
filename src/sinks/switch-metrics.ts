import { Gauge, type Registry } from 'prom-client'

/** States of {@link registerSwitchMetrics}, each with how many switches are in it. */
export type SwitchStates = {
  /** In force until an operator takes it back. */
  readonly set: number
  /** In force until its time, unless an operator confirms it. */
  readonly timed: number
  /** Kept for a rule or limit that is in no file, and without effect. */
  readonly unmatched: number
}

/** Registers how many switches there are; `states` is asked when somebody scrapes. */
export const registerSwitchMetrics = (registry: Registry, states: () => SwitchStates): void => {
  registry.registerMetric(
    new Gauge({
      name: 'stillwatch_switches',
      help: 'Rules and limits that operators switched beside the files: set to stay, timed to return by itself, unmatched by any file',
      labelNames: ['state'],
      aggregator: 'max',
      registers: [],
      collect() {
        for (const [state, count] of Object.entries(states())) this.set({ state }, count)
      },
    }),
  )
}
