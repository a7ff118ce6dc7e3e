import OpenAI from 'openai'
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { createFakeClock } from '../support/clock.ts'
import { createPressureRig, type PressureRig } from '../support/pressure-rig.ts'
import { sdkErrorOf } from '../support/sdk-error.ts'
import { until } from '../support/wait.ts'

let standIn: StandIn
let rig: PressureRig
let events: CallEvent[]
let clock: ReturnType<typeof createFakeClock>
beforeEach(async () => {
  standIn = await createStandIn()
  clock = createFakeClock()
  rig = await createPressureRig({ upstreamUrl: standIn.url, clock })
  events = []
  rig.onEvent((event) => events.push(event))
})
afterEach(async () => {
  await rig.close()
  await standIn.close()
})

const openaiOf = (who: string): OpenAI =>
  new OpenAI({ baseURL: `${rig.url}/v1`, apiKey: `sk-${who}`, maxRetries: 0 })

const chat = (who: string, model = 'm-1') =>
  openaiOf(who).chat.completions.create({ model, messages: [{ role: 'user', content: 'Well?' }] })

const messageOf = (who: string, model = 'm-1') =>
  new Anthropic({ baseURL: rig.url, apiKey: `sk-${who}`, maxRetries: 0 }).messages.create({
    model,
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Well?' }],
  })

/** Seconds in which the upstream refuses what many callers ask of it. */
const strain = async (seconds: number, ask: typeof chat | typeof messageOf): Promise<void> => {
  for (let s = 0; s < seconds; s++) {
    const before = events.length
    await Promise.allSettled(
      Array.from({ length: 16 }, (_, caller) => ask(`proven-${caller}`, 'fail-429')),
    )
    await until('the events of the calls', () => events.length - before >= 16)
    clock.advance(1_000)
  }
}
const errorOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )

describe('an upstream that refuses', () => {
  it('is spared the least proven, who are told by their SDK how long to wait', async () => {
    await Promise.all(['proven-1', 'paying-1', 'unproven-1'].map((who) => chat(who)))
    await strain(6, chat)
    expect(rig.pressure.of('openai')).toBeGreaterThan(0.6)
    const asked = standIn.calls.length
    const admitted = rig.admissions()

    const error = await errorOf(chat('unproven-1'))
    expect(error).toBeInstanceOf(OpenAI.InternalServerError)
    expect(sdkErrorOf(error)).toMatchObject({
      typed: true,
      status: 503,
      code: 'upstream_overloaded',
      message: expect.stringMatching(
        /more calls than it can serve\. Try again in \d+ s\./,
      ) as string,
    })
    const headers = (error as InstanceType<typeof OpenAI.APIError>).headers
    const waitMs = Number(headers?.get('retry-after-ms'))
    expect(waitMs).toBeGreaterThan(10_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
    expect(headers?.get('retry-after')).toBe(String(Math.ceil(waitMs / 1_000)))
    expect(headers?.get('x-should-retry')).toBeNull()

    expect(standIn.calls.length).toBe(asked)
    expect(rig.admissions()).toBe(admitted)
    const event = events.at(-1)
    expect(event).toMatchObject({ outcome: 'refused', status: 503, upstream: undefined })
    expect(event?.ruling).toMatchObject({
      verdict: 'throttle',
      decision: { verdict: 'allow', tier: 'unproven' },
      admission: undefined,
      shed: { retryAfterMs: waitMs, pressure: event?.facts?.known('upstream.pressure') },
    })
  })

  it('is told the same by Anthropic’s, with its own status, and other upstreams feel nothing', async () => {
    await strain(6, messageOf)
    const error = await errorOf(messageOf('unproven-1'))
    expect(error).toBeInstanceOf(Anthropic.InternalServerError)
    expect(sdkErrorOf(error)).toMatchObject({
      typed: true,
      status: 529,
      code: 'upstream_overloaded',
    })
    await expect(chat('unproven-1')).resolves.toBeDefined()
  })

  it('serves everybody again once it serves', async () => {
    await strain(4, chat)
    expect(await errorOf(chat('unproven-1'))).toBeDefined()
    let passed = 0
    for (let s = 0; s < 30 && rig.pressure.of('openai') > 0; s++) {
      const served = Array.from({ length: 12 }, (_, caller) => errorOf(chat(`proven-${caller}`)))
      passed += (await Promise.all(served)).filter((error) => error === undefined).length
      clock.advance(1_000)
    }
    expect(passed).toBeGreaterThan(100)
    expect(rig.pressure.of('openai')).toBe(0)
    await expect(chat('unproven-1')).resolves.toBeDefined()
  })

  it('is asked all the same where shedding is switched off', async () => {
    await rig.close()
    rig = await createPressureRig({ upstreamUrl: standIn.url, clock, shed: false })
    rig.onEvent((event) => events.push(event))
    await strain(6, chat)
    expect(rig.pressure.of('openai')).toBeGreaterThan(0.6)
    await expect(chat('unproven-1')).resolves.toBeDefined()
    expect(events.at(-1)?.facts?.known('upstream.pressure')).toBeGreaterThan(0.6)
  })
})
