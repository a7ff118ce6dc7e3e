/**
 * What the guard does while its upstream has less to give than is asked of it: three tiers ask at a
 * steady pace, the capacity of the upstream falls from 120 to 40 calls a second and comes back. Prints
 * a line of JSON and writes the picture beside this file. Takes some 80 seconds.
 */
import { writeFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import { createLimitedUpstream } from '../support/limited-upstream.ts'
import { createPressureRig } from '../support/pressure-rig.ts'
import { svgChart, type Series } from '../support/svg-chart.ts'

const OFFERED = { proven: 20, paying: 30, unproven: 50 } as const
type Tier = keyof typeof OFFERED
const TIERS: readonly Tier[] = ['proven', 'paying', 'unproven']
const CAPACITY = 120
const REDUCED = 40
const FALLS_S = 15
const RETURNS_S = 45
const SECONDS = 78
const CALLERS = 25
const PACE_MS = 10

type Second = { readonly [T in Tier]: { served: number; shed: number; failed: number } }
const emptySecond = (): Second => ({
  proven: { served: 0, shed: 0, failed: 0 },
  paying: { served: 0, shed: 0, failed: 0 },
  unproven: { served: 0, shed: 0, failed: 0 },
})

const upstream = await createLimitedUpstream(CAPACITY)
const rig = await createPressureRig({ upstreamUrl: upstream.url })
const agent = new Agent({ connections: 256 })
const seconds = Array.from({ length: SECONDS }, emptySecond)
const pressures: (readonly [number, number])[] = []
const body = JSON.stringify({ model: 'm-1', messages: [{ role: 'user', content: 'Well?' }] })

const ask = async (tier: Tier, number: number, second: number): Promise<void> => {
  const counts = seconds[second]?.[tier]
  if (counts === undefined) return
  const answer = await request(`${rig.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer sk-${tier}-${number % CALLERS}`,
    },
    body,
    dispatcher: agent,
  })
  await answer.body.dump()
  if (answer.statusCode === 200) counts.served++
  else if (answer.statusCode === 503) counts.shed++
  else counts.failed++
}

const sent = { proven: 0, paying: 0, unproven: 0 }
const flights = new Set<Promise<void>>()
const startMs = performance.now()
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const atS = (performance.now() - startMs) / 1_000
    if (atS >= SECONDS) {
      clearInterval(timer)
      resolve()
      return
    }
    upstream.setCapacity(atS >= FALLS_S && atS < RETURNS_S ? REDUCED : CAPACITY)
    const last = pressures.at(-1)
    if (last === undefined || atS - last[0] >= 0.25)
      pressures.push([atS, rig.pressure.of('openai')])
    for (const tier of TIERS) {
      // What a busy machine held up is made up for one at a time: a burst would be a load of its own.
      if (sent[tier] < atS * OFFERED[tier]) {
        const flight = ask(tier, sent[tier]++, Math.floor(atS)).finally(() =>
          flights.delete(flight),
        )
        flights.add(flight)
      }
    }
  }, PACE_MS)
})
await Promise.all(flights)
await rig.close()
await agent.close()
await upstream.close()

/** Parts of what was asked that was served while the capacity was down, and since how long all is. */
const down = seconds.slice(FALLS_S, RETURNS_S)
const partServed = Object.fromEntries(
  TIERS.map((tier) => {
    const served = down.reduce((sum, second) => sum + second[tier].served, 0)
    return [tier, Number((served / (OFFERED[tier] * down.length)).toFixed(2))]
  }),
)
const wholeAgain = Object.fromEntries(
  TIERS.map((tier) => {
    // Over three seconds: a call that ends a little late counts for the next one.
    const short = seconds.findLastIndex((_, at) => {
      const served = seconds.slice(Math.max(0, at - 2), at + 1).map((second) => second[tier].served)
      return served.reduce((sum, count) => sum + count, 0) < 0.95 * OFFERED[tier] * served.length
    })
    return [tier, Math.max(0, short + 1 - RETURNS_S)]
  }),
)
const refusedByUpstream = down.reduce(
  (sum, second) => sum + TIERS.reduce((all, tier) => all + second[tier].failed, 0),
  0,
)
const asked = down.length * TIERS.reduce((sum, tier) => sum + OFFERED[tier], 0)
console.log(
  JSON.stringify({
    bench: 'pressure-picture',
    offered: OFFERED,
    capacity: [CAPACITY, REDUCED],
    part_served_while_down: partServed,
    seconds_until_whole_again: wholeAgain,
    refused_by_upstream: Number((refusedByUpstream / asked).toFixed(3)),
  }),
)

const COLOURS: { readonly [T in Tier]: Series['colours'] } = {
  proven: ['#0969da', '#58a6ff'],
  paying: ['#1a7f37', '#3fb950'],
  unproven: ['#bc4c00', '#f0883e'],
}
const servedSeries = TIERS.map((tier) => ({
  name: `${tier} (asks for ${OFFERED[tier]})`,
  colours: COLOURS[tier],
  points: seconds.map((second, at) => [at + 0.5, second[tier].served] as const),
}))
const capacitySeries: Series = {
  name: 'capacity of the upstream',
  colours: ['#6e7781', '#8b949e'],
  style: 'dashed',
  points: [
    [0, CAPACITY],
    [FALLS_S, CAPACITY],
    [FALLS_S, REDUCED],
    [RETURNS_S, REDUCED],
    [RETURNS_S, CAPACITY],
    [SECONDS, CAPACITY],
  ],
}
const allServed: Series = {
  name: 'served in all',
  colours: ['#1f2328', '#f0f6fc'],
  points: seconds.map((second, at) => [
    at + 0.5,
    TIERS.reduce((sum, tier) => sum + second[tier].served, 0),
  ]),
}
const per = (part: unknown): string => `${Math.round(Number(part) * 100)} %`
const svg = svgChart({
  title: 'The least proven are slowed first and recover last',
  says: [
    `One run: 100 calls a second by three tiers; the upstream can serve ${CAPACITY}, then ${REDUCED}, then ${CAPACITY} again.`,
    `Served while it was down: proven ${per(partServed['proven'])}, paying ${per(partServed['paying'])}, unproven ${per(partServed['unproven'])}. Refused by the upstream itself: ${per(refusedByUpstream / asked)}.`,
  ],
  xTitle: 'seconds',
  xMax: SECONDS,
  xTicks: Array.from({ length: Math.floor(SECONDS / 10) + 1 }, (_, at) => at * 10),
  marks: [
    { x: FALLS_S, text: 'capacity falls' },
    { x: RETURNS_S, text: 'capacity returns' },
  ],
  panels: [
    {
      title: 'Served, calls a second',
      yMax: 60,
      yTicks: [0, 20, 40, 60],
      heightPx: 190,
      series: servedSeries,
    },
    {
      title: 'In all, calls a second',
      yMax: 130,
      yTicks: [0, 40, 80, 120],
      heightPx: 120,
      series: [capacitySeries, allServed],
    },
    {
      title: 'Pressure, 0 to 1',
      yMax: 1,
      yTicks: [0, 0.5, 1],
      heightPx: 90,
      series: [
        {
          name: 'upstream.pressure',
          colours: ['#8250df', '#a371f7'],
          style: 'area',
          points: pressures,
        },
      ],
    },
  ],
})
writeFileSync(new URL('pressure.svg', import.meta.url), svg)
