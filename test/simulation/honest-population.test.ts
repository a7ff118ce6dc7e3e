import { describe, expect, it } from 'vitest'
import { isIPv6 } from 'node:net'
import type { RecordedCall } from '../../src/core/trace.ts'
import { BUILT_IN_MATERIAL } from '../../src/simulate/material.ts'
import { loadScenario } from '../../src/simulate/scenario.ts'
import { createSimulation, type Simulation } from '../../src/simulate/simulation.ts'
import { callsOf } from '../support/simulated.ts'

const SEED = 20_117
const DAYS = 10

const population = (accounts: number): Simulation => {
  const file = new URL('../../config/scenarios/look-alikes.yaml', import.meta.url).pathname
  const loaded = loadScenario(file, { days: DAYS, honestAccounts: accounts, lookAlikes: false })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return createSimulation(
    { ...loaded.scenario, honest: { ...loaded.scenario.honest, max_calls_per_day: 60 } },
    BUILT_IN_MATERIAL,
    { seed: SEED },
  )
}

const simulation = population(1_500)
const calls: RecordedCall[] = [...callsOf(simulation)]
console.log(`seed ${SEED}: ${calls.length} calls of ${simulation.accounts.length} accounts`)

const byAccount = Map.groupBy(calls, ({ account = '' }) => account)
const labelOf = (some: readonly RecordedCall[]): string => some[0]?.label ?? ''
const of = (...labels: readonly string[]): RecordedCall[][] =>
  [...byAccount.values()].filter((some) => labels.includes(labelOf(some)))

type Body = { messages: { role: string; content: string | null }[] }
// Bodies are those of the simulator, which are chat completions in this scenario.
const bodyOf = (call: RecordedCall): Body => JSON.parse(Buffer.from(call.body).toString()) as Body
const firstOf = (call: RecordedCall): string =>
  bodyOf(call).messages.find(({ role }) => role === 'user')?.content ?? ''
const systemOf = (call: RecordedCall): string =>
  bodyOf(call).messages.find(({ role }) => role === 'system')?.content ?? ''
const header = ({ rawHeaders }: RecordedCall, name: string): string | undefined =>
  rawHeaders[rawHeaders.findIndex((one, at) => at % 2 === 0 && one.toLowerCase() === name) + 1]

const share = <T>(some: readonly T[], holds: (one: T) => boolean): number =>
  some.filter(holds).length / some.length

const variation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return Math.sqrt(square) / mean
}

const contradicts = (call: RecordedCall): boolean => {
  const os = header(call, 'x-stainless-os')
  const platform = /Platform: (\w+)/.exec(systemOf(call))?.[1]
  const said = { linux: 'Linux', darwin: 'MacOS', win32: 'Windows' }[platform ?? '']
  return call.rawHeaders.includes('x-stainless-os') && said !== undefined && said !== os
}

const dayVariations = (groups: readonly RecordedCall[][]): number[] =>
  groups.flatMap((some) => {
    const days = Map.groupBy(some, ({ atMs }) => Math.floor(atMs / 86_400_000))
    return days.size < DAYS - 1 ? [] : [variation([...days.values()].map(({ length }) => length))]
  })

/** Shares of accounts that another account has the same value as. */
const shared = (values: readonly string[]): number => {
  const counts = Map.groupBy(values, (value) => value)
  return share(values, (value) => (counts.get(value)?.length ?? 0) > 1)
}

describe('honest customers of a simulation', () => {
  it('pay with the same card as another now and then', () => {
    const cards = simulation.accounts.flatMap(({ payment }) => payment?.instrument ?? [])
    expect(shared(cards)).toBeGreaterThan(0.04)
    expect(shared(cards)).toBeLessThan(0.2)
  })

  it('pay in advance or with prepaid cards, of few issuers', () => {
    const paying = simulation.accounts.flatMap(({ payment }) =>
      payment?.issuer === undefined ? [] : [payment],
    )
    expect(share(paying, ({ status }) => status === 'prepaid')).toBeGreaterThan(0.08)
    const prepaid = paying.filter(({ funding }) => funding === 'prepaid')
    expect(prepaid.length / paying.length).toBeGreaterThan(0.04)
    expect(prepaid.length / paying.length).toBeLessThan(0.12)
    expect(new Set(prepaid.map(({ issuer }) => issuer)).size).toBeLessThanOrEqual(12)
  })

  it('share shapes of addresses with many, as far as providers and conventions make them alike', () => {
    const patterns = simulation.accounts.flatMap(({ signup }) => signup?.email_pattern ?? [])
    expect(shared(patterns)).toBeGreaterThan(0.3)
    expect(new Set(patterns).size / patterns.length).toBeGreaterThan(0.2)
  })

  it('call over IPv6 where they call from homes and phones', () => {
    const people = of('legit/agent', 'legit/chat', 'legit/idle')
    const six = share(people, (some) => some.some(({ ip }) => isIPv6(ip)))
    expect(six).toBeGreaterThan(0.2)
    expect(six).toBeLessThan(0.45)
  })

  it('have agents whose bodies contradict their headers, a few in a hundred', () => {
    const contradicting = share(of('legit/agent'), (some) => some.some(contradicts))
    expect(contradicting).toBeGreaterThan(0.01)
    expect(contradicting).toBeLessThan(0.15)
  })

  it('leave some clients as they were for weeks', () => {
    const stale = of('legit/agent').filter((some) => some.length > 20)
    const frozen = share(
      stale,
      (some) => new Set(some.map(({ rawHeaders }) => rawHeaders)).size === 1,
    )
    expect(frozen).toBeGreaterThan(0.05)
  })

  it('send the same long prompts as others, proven or not', () => {
    const holders = new Map<string, Set<string>>()
    for (const call of calls) {
      const text = firstOf(call)
      if (text.split(/\s+/).length < 60) continue
      holders.set(text, (holders.get(text) ?? new Set<string>()).add(call.account ?? ''))
    }
    const sharing = new Set([...holders.values()].flatMap((who) => (who.size > 1 ? [...who] : [])))
    const proven = simulation.accounts.filter(
      ({ settled, account }) => (settled?.length ?? 0) >= 2 && (account?.active_days ?? 0) >= 30,
    )
    const ids = new Set(proven.map(({ id }) => id))
    expect(sharing.size / byAccount.size).toBeGreaterThan(0.1)
    const old = share([...sharing], (id) => ids.has(id))
    expect(old).toBeGreaterThan(0.2)
    expect(old).toBeLessThan(0.8)
  })

  it('carry some conversations on under another account', () => {
    const owners = new Map<string, Set<string>>()
    for (const call of calls) {
      const { messages } = bodyOf(call)
      if (messages.length < 6) continue
      const start = JSON.stringify(messages.slice(0, 5))
      owners.set(start, (owners.get(start) ?? new Set<string>()).add(call.account ?? ''))
    }
    const moved = [...owners.values()].filter(({ size }) => size > 1).length
    expect(moved).toBeGreaterThan(3)
    expect(moved / owners.size).toBeLessThan(0.02)
  })

  it('run by the clock where they are programs, one in ten', () => {
    const steady = share(dayVariations(of('legit/app', 'legit/batch')), (cv) => cv < 0.15)
    expect(steady).toBeGreaterThan(0.02)
    expect(steady).toBeLessThan(0.25)
  })

  it('end their days at the quota where they use a free plan', () => {
    const free = new Set(
      simulation.accounts
        .filter(({ payment }) => payment?.status === 'trial' || payment?.status === 'none')
        .map(({ id }) => id),
    )
    const most = [...byAccount].flatMap(([id, some]) => {
      const days = Map.groupBy(some, ({ atMs }) => Math.floor(atMs / 86_400_000))
      return free.has(id) ? [Math.max(...[...days.values()].map(({ length }) => length))] : []
    })
    expect(share(most, (count) => count >= 45 && count <= 55)).toBeGreaterThan(0.05)
    expect(share(most, (count) => count > 110)).toBeLessThan(0.05)
  })

  it('come in bursts where they are programs', () => {
    const cvs = of('legit/app').flatMap((some) => {
      const gaps = some.slice(1).map(({ atMs }, at) => atMs - (some[at]?.atMs ?? 0))
      return gaps.length < 50 ? [] : [variation(gaps)]
    })
    expect(cvs.length).toBeGreaterThan(30)
    expect(share(cvs, (cv) => cv > 1)).toBeGreaterThan(0.67)
  })

  it('leave by another address at every call in some cases', () => {
    const rotating = share(
      [...byAccount.values()].filter(({ length }) => length >= 40),
      (some) => new Set(some.map(({ ip }) => ip)).size / some.length > 0.5,
    )
    expect(rotating).toBeGreaterThan(0.01)
    expect(rotating).toBeLessThan(0.2)
  })
})
