import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DialectName } from '../../src/core/call.ts'
import { callAndLeave } from '../support/leaving-client.ts'
import { createMeteredRig } from '../support/metered-rig.ts'
import { startMeteredUpstream, type Plan } from '../support/metered-upstream.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { until } from '../support/wait.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const CALLS = 300
const DIALECT_NAMES: readonly DialectName[] = ['openai', 'anthropic', 'gemini']
const random = createSeededRandom(SEED)
console.log(`bursts: SEED=${SEED}`)

const TOKENS = 2_000
const NANO_USD = 9_000_000

/** Answers that use their cap to the last token, so that no room is left by accident. */
const plans: readonly Plan[] = Array.from({ length: CALLS }, (_, call) => ({
  dialect: DIALECT_NAMES[call % DIALECT_NAMES.length] ?? 'openai',
  inputTokens: 10 + random(30),
  outputTokens: 1 + random(60),
  step: 1 + random(8),
  writeBytes: 100 + random(2_000),
  thinksMs: random(20),
  pauseMs: 1,
}))

const planOf = (call: number): Plan => {
  const plan = plans[call]
  if (plan === undefined) throw new Error(`there is no call ${call}`)
  return plan
}

const burst = async (limits: string) => {
  const rig = await createMeteredRig({ upstreamUrl: upstream.url, limits })
  upstream.most()
  upstream.truths.clear()
  const answers = await Promise.all(
    plans.map(({ dialect, inputTokens, outputTokens }, call) =>
      callAndLeave({
        port: rig.port,
        dialect,
        model: `m-${call}`,
        prompt: 'word '.repeat(inputTokens),
        maxTokens: outputTokens,
        leaves: 'never',
      }),
    ),
  )
  await until('every call to end', () => upstream.open() === 0 && rig.events.length === CALLS)
  const consumed = await rig.consumed()
  await rig.close()
  const used = { calls: 0, tokens: 0 }
  for (const { inputTokens, outputTokens } of upstream.truths.values()) {
    used.calls++
    used.tokens += inputTokens + outputTokens
  }
  const counts = (status: number): number => answers.filter((one) => one.status === status).length
  return { consumed, used, served: counts(200), refused: counts(429), events: rig.events }
}

let upstream: Awaited<ReturnType<typeof startMeteredUpstream>>

beforeAll(async () => {
  upstream = await startMeteredUpstream(planOf)
})

afterAll(() => upstream.close())

describe(`a burst of ${CALLS} calls on a nearly empty budget`, () => {
  it('never uses more tokens than the quota', async () => {
    const { consumed, used, served, refused } = await burst(
      `limits: [{ id: tokens, per: [caller.network], count: tokens, quota: ${TOKENS}, window: 1d }]`,
    )
    expect(used.tokens).toBeLessThanOrEqual(TOKENS)
    expect(consumed.get('tokens')).toBe(used.tokens)
    expect(served + refused).toBe(CALLS)
    expect(served).toBe(used.calls)
    expect(refused).toBeGreaterThan(served)
    expect(served).toBeGreaterThan(TOKENS / 200)
  })

  it('never spends more money than the quota', async () => {
    const { consumed, served, refused, events } = await burst(
      `limits: [{ id: money, per: [caller.network], count: usd, quota: ${NANO_USD / 1e9}, window: 1d }]`,
    )
    const spent = events.reduce((sum, { settled }) => sum + (settled?.nanoUsd ?? 0), 0)
    expect(spent).toBeLessThanOrEqual(NANO_USD)
    expect(consumed.get('money')).toBe(spent)
    expect(served + refused).toBe(CALLS)
    expect(refused).toBeGreaterThan(served)
    expect(served).toBeGreaterThan(5)
  })

  it('never lets more calls run at the same time than the quota', async () => {
    const { consumed, served, refused, used } = await burst(
      'limits: [{ id: running, per: [caller.network], count: concurrent, quota: 7 }]',
    )
    expect(consumed.get('running')).toBe(0)
    expect(served + refused).toBe(CALLS)
    expect(used.calls).toBe(served)
    expect(upstream.most()).toBeLessThanOrEqual(7)
  })
})
