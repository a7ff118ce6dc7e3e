import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DialectName } from '../../src/core/call.ts'
import type { CallEvent } from '../../src/core/event.ts'
import { callAndLeave, type Leaves } from '../support/leaving-client.ts'
import { createMeteredRig } from '../support/metered-rig.ts'
import { startMeteredUpstream, type Plan } from '../support/metered-upstream.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { until } from '../support/wait.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const CALLS = Number(process.env['ABORTS'] ?? 10_000)
const AT_A_TIME = 128
const DIALECT_NAMES: readonly DialectName[] = ['openai', 'anthropic', 'gemini']
const HEAD_BYTES = 220

const LIMITS = `limits:
  - { id: calls, per: [caller.network], count: requests, quota: 1000000000, window: 1d }
  - { id: tokens, per: [caller.network], count: tokens, quota: 1000000000000, window: 1d }
  - { id: output, per: [caller.network], count: output_tokens, quota: 1000000000000, window: 30d, align: rolling }
  - { id: money, per: [caller.network], count: usd, quota: 1000000, window: 90d, align: utc }
  - { id: running, per: [caller.network], count: concurrent, quota: 1000 }
`

type Scene = { readonly plan: Plan; readonly prompt: string; readonly leaves: Leaves }

const random = createSeededRandom(SEED)
console.log(`aborts: SEED=${SEED} ABORTS=${CALLS}`)

const scenes: readonly Scene[] = Array.from({ length: CALLS }, (_, call) => {
  const inputTokens = 20 + random(200)
  const outputTokens = 1 + random(random(8) === 0 ? 300 : 60)
  const plan = {
    dialect: DIALECT_NAMES[call % DIALECT_NAMES.length] ?? 'openai',
    inputTokens,
    outputTokens,
    step: 1 + random(8),
    writeBytes: 1 + random(outputTokens < 10 ? 60 : 2_000),
    thinksMs: random(5),
    pauseMs: 1 + random(4),
  }
  const kind = random(10)
  const afterBytes = kind < 3 ? 1 + random(HEAD_BYTES) : 1 + random(HEAD_BYTES + outputTokens * 60)
  const leaves = kind === 0 ? 'at once' : kind === 9 ? 'never' : { afterBytes }
  return { plan, prompt: 'word '.repeat(inputTokens), leaves }
})

const sceneOf = (call: number): Scene => {
  const scene = scenes[call]
  if (scene === undefined) throw new Error(`there is no call ${call}`)
  return scene
}

const callOf = ({ call }: CallEvent): number => Number(/m-(\d+)/.exec(call?.ask.model ?? '')?.[1])

/** Output that the upstream had sent when the caller left. */
const sentByThen = new Map<number, number>()
let upstream: Awaited<ReturnType<typeof startMeteredUpstream>>
let rig: Awaited<ReturnType<typeof createMeteredRig>>

beforeAll(async () => {
  upstream = await startMeteredUpstream((call) => sceneOf(call).plan)
  rig = await createMeteredRig({ upstreamUrl: upstream.url, limits: LIMITS })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < CALLS) {
      const call = next++
      const { plan, prompt, leaves } = sceneOf(call)
      const { port } = rig
      const left = (): void =>
        void sentByThen.set(call, upstream.truths.get(call)?.outputTokens ?? 0)
      const model = `m-${call}`
      await callAndLeave({ port, dialect: plan.dialect, model, prompt, leaves, left })
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
  await until('every call to end', async () => {
    const consumed = await rig.consumed()
    return (
      upstream.open() === 0 &&
      consumed.get('running') === 0 &&
      rig.events.length >= upstream.truths.size
    )
  })
}, 120_000)

afterAll(async () => {
  await rig.close()
  await upstream.close()
})

describe(`${CALLS} callers that leave at random bytes`, () => {
  it('leave no reservation and no running call behind: counters hold what was settled, and no more', async () => {
    const sums = { calls: 0, tokens: 0, output: 0, money: 0, running: 0 }
    for (const { ruling, settled } of rig.events) {
      if (ruling?.admission?.admitted !== true) continue
      sums.calls++
      sums.tokens += (settled?.inputTokens ?? 0) + (settled?.outputTokens ?? 0)
      sums.output += settled?.outputTokens ?? 0
      sums.money += settled?.nanoUsd ?? 0
    }
    expect(sums.calls).toBeGreaterThan(CALLS * 0.8)
    expect(Object.fromEntries(await rig.consumed())).toEqual(sums)
    expect(rig.internal).toEqual([])
  })

  it('are settled with what was really used, at most 1 % less over all', () => {
    const tally = { truth: 0, settled: 0, short: 0, over: 0, later: 0 }
    for (const event of rig.events) {
      const truth = upstream.truths.get(callOf(event))
      if (truth === undefined || event.settled === undefined) continue
      const sent = sentByThen.get(callOf(event)) ?? truth.outputTokens
      const used = truth.inputTokens + sent
      tally.later += truth.outputTokens - sent
      const settled = event.settled.inputTokens + event.settled.outputTokens
      tally.truth += used
      tally.settled += settled
      tally.short += Math.max(0, used - settled)
      tally.over += Math.max(0, settled - used)
    }
    console.log(`aborts: ${JSON.stringify(tally)}`)
    expect(tally.short).toBeLessThanOrEqual(tally.truth * 0.01)
    expect(tally.settled).toBeGreaterThanOrEqual((tally.truth + tally.later) * 0.99)
    expect(tally.over).toBeLessThanOrEqual(tally.truth * 0.25)
  })

  it('are settled to the token where the answer came whole', () => {
    let whole = 0
    for (const event of rig.events) {
      if (event.outcome !== 'served') continue
      const { inputTokens, outputTokens } = sceneOf(callOf(event)).plan
      expect(event.settled).toMatchObject({ inputTokens, outputTokens })
      expect(event.settledFrom).toBe('reported')
      whole++
    }
    expect(whole).toBeGreaterThan(CALLS * 0.1)
  })
})
