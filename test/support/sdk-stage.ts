import { rmSync } from 'node:fs'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardOptions, type GuardProcess } from './guard-process.ts'

/** A guard with a stand-in for each API behind it. */
export type Stage = {
  readonly guard: GuardProcess
  readonly standIn: StandIn
  readonly close: () => Promise<void>
}

/** Limits that nothing reaches, so that every call holds a lease to be settled. */
export const ROOMY_POLICY = `version: 1
limits:
  - { id: calls, per: [caller.network], count: requests, quota: 1000000, window: 1d }
  - { id: tokens, per: [caller.network], count: tokens, quota: 1000000000, window: 1d }
  - { id: at-once, per: [caller.network], count: concurrent, quota: 1000 }
`

/** Starts a stand-in and a guard that has it for an upstream of every dialect. */
export const startStage = async (
  options: {
    readonly standIn?: Parameters<typeof createStandIn>[0]
    readonly settings?: object
    readonly moreUpstreams?: readonly object[]
    /** Models the stand-in serves; all by default. */
    readonly models?: readonly string[]
    readonly policy?: string
    readonly guard?: GuardOptions
  } = {},
): Promise<Stage> => {
  const standIn = await createStandIn(options.standIn)
  const { models = ['*'], moreUpstreams = [], policy = ROOMY_POLICY } = options
  const upstreams = ['openai', 'anthropic', 'gemini'].map((dialect) => ({
    id: dialect,
    url: standIn.url,
    dialect,
    models,
  }))
  const guard = await startGuard({
    settings: { upstreams: [...upstreams, ...moreUpstreams], ...options.settings },
    policies: { 'policy.yaml': policy },
    ...options.guard,
  })
  return {
    guard,
    standIn,
    close: async () => {
      await guard.stop()
      await standIn.close()
      rmSync(guard.folder, { recursive: true, force: true })
    },
  }
}
