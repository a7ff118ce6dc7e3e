import { describe, expect, it } from 'vitest'
import type { RecordedCall } from '../../src/core/trace.ts'
import { variants, loadScenario } from '../../src/simulate/scenario.ts'
import { callsOf, simulated } from '../support/simulated.ts'

/** Honest customers make most of the calls, and do not change what a campaign does. */
const ALONE = { honestAccounts: 0, lookAlikes: false } as const

const attackOf = (
  variant: string,
  options: { scale?: number; days?: number } = {},
): RecordedCall[] => {
  const simulation = simulated(
    'naive',
    { scale: options.scale ?? 0.1 },
    { variant, days: options.days ?? 8, ...ALONE },
  )
  return [...callsOf(simulation)].filter(({ label }) => label.startsWith('attack/'))
}

const distinct = (calls: readonly RecordedCall[], of: (call: RecordedCall) => string): number =>
  new Set(calls.map(of)).size

const bodyOf = (
  call: RecordedCall,
): { messages: { role: string; content: string }[]; model: string } =>
  JSON.parse(Buffer.from(call.body).toString()) as ReturnType<typeof bodyOf>

const systemOf = (call: RecordedCall): string =>
  bodyOf(call).messages.find(({ role }) => role === 'system')?.content ?? ''
const taskOf = (call: RecordedCall): string =>
  bodyOf(call).messages.find(({ role }) => role === 'user')?.content ?? ''

describe('published campaigns', () => {
  it.each([
    ['qwen', 0.004, 28_800_000],
    ['minimax', 0.002, 13_000_000],
    ['moonshot', 0.004, 3_400_000],
    ['deepseek', 0.1, 150_000],
  ])('%s makes about as many calls as were told', (name, scale, told) => {
    const simulation = simulated(name, { scale }, ALONE)
    let calls = 0
    const byAccount = new Set<string>()
    for (const { label, account = '' } of callsOf(simulation)) {
      if (label !== `attack/${name}`) continue
      calls++
      byAccount.add(account)
    }
    expect(byAccount.size).toBeGreaterThan(15)
    expect(calls / scale / told).toBeGreaterThan(0.85)
    expect(calls / scale / told).toBeLessThan(1.15)
  })
})

describe('a naive campaign and its variants', () => {
  it('all run', () => {
    const file = new URL('../../config/scenarios/naive.yaml', import.meta.url).pathname
    const loaded = loadScenario(file)
    if (!loaded.ok) throw new Error('not sound')
    for (const variant of variants(loaded.scenario)) {
      const simulation = simulated('naive', { scale: 0.004 }, { variant, days: 12, ...ALONE })
      let attacks = 0
      for (const { label } of callsOf(simulation)) {
        if (label === 'attack/hydra') attacks++
        if (attacks === 3) break
      }
      expect(attacks, variant).toBe(3)
    }
  })

  it('makes 26 calls a day with five templates and three header sets, from everywhere', () => {
    const calls = attackOf('a1-naive')
    const accounts = distinct(calls, ({ account = '' }) => account)
    const days = distinct(
      calls,
      ({ atMs, account }) => `${account} ${Math.floor(atMs / 86_400_000)}`,
    )
    expect(accounts).toBe(50)
    expect(calls.length / days).toBeGreaterThan(21)
    expect(calls.length / days).toBeLessThan(31)
    expect(distinct(calls, systemOf)).toBe(5)
    expect(distinct(calls, ({ rawHeaders }) => rawHeaders.join())).toBe(3)
    expect(distinct(calls, ({ ip }) => ip) / calls.length).toBeGreaterThan(0.9)
    expect(distinct(calls, taskOf) / calls.length).toBeGreaterThan(0.99)
  })

  it('keeps one address an account where it is told to', () => {
    const calls = attackOf('a3-sticky')
    expect(distinct(calls, ({ ip }) => ip)).toBeLessThanOrEqual(50)
    expect(distinct(calls, ({ ip, account }) => `${ip} ${account}`)).toBe(50)
  })

  it('gives the same task to k accounts, word for word or reworded', () => {
    const calls = attackOf('a10-best-of-4')
    const holders = new Map<string, Set<string>>()
    for (const call of calls) {
      const of = holders.get(taskOf(call)) ?? new Set<string>()
      holders.set(taskOf(call), of.add(call.account ?? ''))
    }
    const sizes = [...holders.values()].map((of) => of.size)
    expect(sizes.filter((size) => size === 4).length / sizes.length).toBeGreaterThan(0.9)
    const reworded = attackOf('a10-best-of-4-reworded-60', { days: 4 })
    expect(distinct(reworded, taskOf)).toBe(reworded.length)
  })

  it('moves conversations between accounts where it is told to, and only there', () => {
    const moved = (variant: string): number => {
      const owners = new Map<string, Set<string>>()
      for (const call of attackOf(variant, { days: 5 })) {
        const task = taskOf(call)
        owners.set(task, (owners.get(task) ?? new Set<string>()).add(call.account ?? ''))
      }
      return [...owners.values()].filter((of) => of.size > 1).length / owners.size
    }
    expect(moved('a11-long')).toBe(0)
    expect(moved('a11-handoff-20')).toBeGreaterThan(0.03)
    expect(moved('a11-balanced')).toBeGreaterThan(0.5)
  })

  it('goes to a new model within a day of its release', () => {
    const releaseMs = Date.parse('2026-04-22T00:00:00Z') + 9 * 86_400_000
    const calls = attackOf('a15-pivot-90', { days: 14 })
    const share = (from: number, to: number): number => {
      const some = calls.filter(({ atMs }) => atMs >= from && atMs < to)
      return some.filter((call) => bodyOf(call).model === 'chat-next').length / some.length
    }
    expect(share(0, releaseMs)).toBe(0)
    expect(share(releaseMs + 86_400_000, Infinity)).toBeGreaterThan(0.75)
  })

  it('says that it is another system than its headers say where it resells', () => {
    const contradicting = attackOf('a12-resold-90', { days: 4 }).filter(
      (call) =>
        call.rawHeaders.includes('Linux') && /Platform: (?:darwin|win32)/.test(systemOf(call)),
    )
    expect(contradicting.length).toBeGreaterThan(20)
  })

  it('replaces an account after so many refusals in a row, by one that is new then', () => {
    const simulation = simulated(
      'naive',
      { scale: 0.1 },
      { variant: 'a14-regrowth-1h', days: 12, ...ALONE },
    )
    const madeAt = new Map(simulation.accounts.map(({ id, created_at: at }) => [id, at ?? 0]))
    const first = new Map<string, number>()
    const last = new Map<string, number>()
    const blockedFromMs = simulation.startMs + 6 * 86_400_000
    for (const { account = '', atMs, label } of callsOf(simulation)) {
      if (!label.startsWith('attack/')) continue
      if (!first.has(account)) first.set(account, atMs)
      last.set(account, atMs)
      const isOld = (first.get(account) ?? 0) < blockedFromMs
      if (atMs >= blockedFromMs && isOld) simulation.refused(account, atMs)
      else simulation.served(account)
    }
    const replacements = [...first].filter(([, atMs]) => atMs >= blockedFromMs)
    expect(replacements.length).toBeGreaterThan(20)
    for (const [id, atMs] of replacements) expect(madeAt.get(id)).toBeLessThanOrEqual(atMs)
    const survivors = [...last].filter(
      ([id, atMs]) => (first.get(id) ?? 0) < blockedFromMs && atMs > blockedFromMs + 3 * 86_400_000,
    )
    expect(survivors).toEqual([])
  })
})
