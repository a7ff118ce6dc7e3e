import { describe } from 'vitest'
import { itHolds } from '../support/fleet-fault.ts'
import type { WiredFleet } from '../support/fleet-rig.ts'
import { until } from '../support/wait.ts'

const pass = ({ setWires }: WiredFleet) => setWires({ kind: 'pass' })

describe('three members under a load hold their limits, and no call fails, while the wire to Redis', () => {
  itHolds([
    {
      name: 'is reset again and again',
      breaks: ({ setWires }) => setWires({ kind: 'reset' }),
      mends: pass,
      alone: 3,
    },
    {
      name: 'swallows everything',
      breaks: ({ setWires }) => setWires({ kind: 'blackhole' }),
      mends: pass,
      alone: 3,
    },
    {
      name: 'keeps everything and lets it through later',
      breaks: ({ setWires }) => setWires({ kind: 'freeze' }),
      mends: pass,
      alone: 3,
    },
    {
      name: 'takes 200 ms in each direction',
      breaks: ({ setWires }) => setWires({ kind: 'delay', ms: 200 }),
      mends: pass,
      alone: 3,
    },
    {
      name: 'lets one byte through at a time',
      breaks: ({ setWires }) => setWires({ kind: 'drip', everyMs: 10 }),
      mends: pass,
      alone: 3,
    },
    {
      name: 'of one member alone is cut',
      breaks: ({ wires }) => wires[1]?.set({ kind: 'blackhole' }),
      mends: pass,
      alone: 1,
    },
    {
      name: 'is closed by the server for every member, five times in a row',
      breaks: async ({ server, degraded }) => {
        for (let time = 0; time < 5; time++) {
          await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
          await until('members that stand alone', () => degraded() === 3)
        }
      },
      alone: 3,
    },
  ])
})
