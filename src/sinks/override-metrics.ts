import { Gauge, type Registry } from 'prom-client'

/** Registers how many overrides are in force; asked when somebody scrapes. */
export const registerOverrideMetrics = (
  registry: Registry,
  inForce: () => { readonly allow: number; readonly deny: number },
): void =>
  registry.registerMetric(
    new Gauge({
      name: 'stillwatch_overrides',
      help: 'Overrides of operators in force, by verdict; calls that met one are in stillwatch_rule_hits_total as override:allow and override:deny',
      labelNames: ['verdict'],
      aggregator: 'max',
      registers: [],
      collect() {
        const { allow, deny } = inForce()
        this.set({ verdict: 'allow' }, allow)
        this.set({ verdict: 'deny' }, deny)
      },
    }),
  )
