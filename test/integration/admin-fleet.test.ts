import { describe, expect, it } from 'vitest'
import type { FleetState } from '../../src/limits/fleet/state.ts'
import { anAdmin } from '../support/an-admin.ts'

const AT_MS = Date.UTC(2026, 3, 22, 12)

const LOST: FleetState = {
  degraded: true,
  replicas: 3,
  index: 1,
  keys: 12,
  runningKeys: 2,
  ledgers: [
    {
      state: 'degraded',
      sinceMs: AT_MS,
      lastTrouble: { kind: 'timeout', message: 'no answer from Redis in 50 ms', atMs: AT_MS },
      pending: 4,
      dropped: 0,
      localDecisions: 70,
      repaired: 1,
    },
  ],
}

describe('the fleet, as operators see it', () => {
  it('is one process where nothing is shared', async () => {
    const answer = await anAdmin()('GET', '/api/v1/fleet')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ shared: false, degraded: false, replicas: 1 })
  })

  it('tells since when and why limits go on by a share, and what must still be told', async () => {
    const answer = await anAdmin({ fleet: () => LOST })('GET', '/api/v1/fleet')
    expect(await answer.json()).toMatchObject({
      shared: true,
      degraded: true,
      replicas: 3,
      counters: [
        {
          part: 0,
          state: 'degraded',
          since: '2026-04-22T12:00:00.000Z',
          last_trouble: { kind: 'timeout', message: 'no answer from Redis in 50 ms' },
          pending_counters: 4,
          local_decisions: 70,
          repaired_counters: 1,
        },
      ],
    })
  })
})
