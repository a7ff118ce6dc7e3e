import { expect, it } from 'vitest'
import { createMetrics } from '../../../src/sinks/metrics.ts'
import { anEvent, aRuling } from '../../support/an-event.ts'

it('the metrics tell the pressure of each upstream as it is at the scrape', async () => {
  let pressure = 0.25
  const metrics = createMetrics({ version: '1', pressures: () => [['main', pressure]] })
  expect(await metrics.text()).toContain('stillwatch_upstream_pressure{upstream="main"} 0.25')
  pressure = 0.5
  expect(await metrics.text()).toContain('stillwatch_upstream_pressure{upstream="main"} 0.5')
})

it('the metrics count calls that were shed by tier', async () => {
  const metrics = createMetrics({ version: '1' })
  const ruling = {
    ...aRuling({ tier: 'unproven' }),
    verdict: 'throttle',
    admission: undefined,
    shed: { upstream: 'main', pressure: 0.7, retryAfterMs: 9_000 },
  } as const
  for (let call = 0; call < 2; call++) metrics.sink.accept(anEvent({ ruling, outcome: 'refused' }))
  metrics.sink.accept(anEvent())
  expect(await metrics.text()).toContain('stillwatch_shed_total{tier="unproven"} 2')
})
