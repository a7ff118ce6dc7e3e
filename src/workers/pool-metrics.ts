import { Counter, Gauge, type Registry } from 'prom-client'
import type { Pool } from './pool.ts'

/** Registers how many workers take calls, and how many were started in place of dead ones. */
export const registerPoolMetrics = (
  registry: Registry,
  pool: Pick<Pool, 'ready' | 'replaced'>,
): void => {
  const workers = new Gauge({
    name: 'stillwatch_workers',
    help: 'Worker processes that take calls',
    registers: [],
    collect() {
      this.set(pool.ready().length)
    },
  })
  const replaced = new Counter({
    name: 'stillwatch_workers_replaced_total',
    help: 'Worker processes started in place of ones that died',
    registers: [],
    collect() {
      this.reset()
      this.inc(pool.replaced())
    },
  })
  registry.registerMetric(workers)
  registry.registerMetric(replaced)
}
