import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/core/time.ts'
import { TRACE_CALL } from '../../src/core/trace.ts'
import { createTraceLines } from '../../src/replay/trace-line.ts'
import { ACCOUNT_RECORD, type AccountRecord } from '../../src/signals/account-record.ts'
import { traceText } from '../../src/simulate/trace-text.ts'
import { materialFromData } from '../../src/simulate/material-from-data.ts'
import { sharedPath } from '../support/shared-data.ts'
import { callsOf, simulated } from '../support/simulated.ts'

const digestOf = (scale: number, seed?: number): string => {
  const simulation = simulated(
    'naive',
    { scale, ...(seed === undefined ? {} : { seed }) },
    { days: 3 },
  )
  const hash = createHash('sha256')
  for (const account of simulation.accounts) hash.update(JSON.stringify(account))
  for (const call of callsOf(simulation)) hash.update(traceText(call))
  return hash.digest('hex')
}

const isProven = (account: AccountRecord, atMs: number): boolean =>
  (account.settled ?? []).filter(({ at }) => at <= atMs).length >= 2 &&
  (account.account?.active_days ?? 0) >= 30

const sdOf = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

describe('a simulated population', () => {
  it('is the same byte for byte for the same seed, and another for another', () => {
    const first = digestOf(0.02)
    expect(digestOf(0.02)).toBe(first)
    expect(digestOf(0.02, 2)).not.toBe(first)
  })

  it('comes in time order, in lines that a replay takes without a problem', () => {
    const simulation = simulated('naive', { scale: 0.04 }, { days: 3 })
    const known = new Set(simulation.accounts.map(({ id }) => id))
    for (const account of simulation.accounts) {
      expect(ACCOUNT_RECORD.safeParse(account).error?.issues).toBeUndefined()
    }
    const readLine = createTraceLines('trace.jsonl')
    let lastMs = simulation.startMs
    let nth = 0
    for (const call of callsOf(simulation)) {
      expect(call.atMs).toBeGreaterThanOrEqual(lastMs)
      lastMs = call.atMs
      expect(known.has(call.account ?? '')).toBe(true)
      if (nth++ % 7 !== 0) continue
      const text = traceText(call).slice(0, -1)
      const line = readLine(Buffer.from(text), nth)
      expect(line).toMatchObject({ ok: true, call: { ...call, body: expect.anything() } })
      expect(TRACE_CALL.safeParse(JSON.parse(text)).success).toBe(true)
    }
    expect(nth).toBeGreaterThan(5_000)
    expect(lastMs).toBeLessThan(simulation.endMs)
  })

  it('grows every conversation from its own beginning', () => {
    const simulation = simulated('naive', { scale: 0.02 }, { days: 2 })
    const before = new Map<string, string[]>()
    let roots = 0
    let extended = 0
    for (const { account = '', body, label } of callsOf(simulation)) {
      if (label !== 'legit/agent') continue
      const { messages } = JSON.parse(Buffer.from(body).toString()) as { messages: unknown[] }
      const texts = messages.map((message) => JSON.stringify(message))
      const open = before.get(account) ?? []
      const one = open.findIndex((previous) => texts.join('\n').startsWith(previous))
      if (one === -1) roots++
      else {
        extended++
        open.splice(one, 1)
      }
      before.set(account, [...open.slice(-20), texts.join('\n')])
    }
    // Sessions of agents have a median of 25 calls, summed up now and then.
    expect(extended / roots).toBeGreaterThan(6)
  })

  it('holds enough proven customers at a tenth of its size, and about 45 % of the older ones', () => {
    const { accounts, startMs } = simulated('naive')
    expect(accounts.filter((account) => isProven(account, startMs)).length).toBeGreaterThan(1_000)
    const older = accounts.filter(
      ({ created_at: createdMs }) => startMs - (createdMs ?? startMs) > 90 * DAY_MS,
    )
    const share = older.filter((account) => isProven(account, startMs)).length / older.length
    expect(share).toBeGreaterThan(0.35)
    expect(share).toBeLessThan(0.58)
  })

  it('does not tell by an id, or by its place in the file, who is who', () => {
    const simulation = simulated('naive', { scale: 0.2 }, { days: 3 })
    const ids = simulation.accounts.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(ids.toSorted())
    const attackers = new Set<string>()
    for (const { account = '', label } of callsOf(simulation)) {
      if (label.startsWith('attack/')) attackers.add(account)
    }
    const places = ids.flatMap((id, at) => (attackers.has(id) ? [at / ids.length] : []))
    expect(places.length).toBeGreaterThan(20)
    // Spread evenly over the file: the mean place of n of them has a standard error of 0.29 / sqrt(n).
    const mean = places.reduce((sum, place) => sum + place, 0) / places.length
    expect(Math.abs(mean - 0.5)).toBeLessThan((4 * 0.29) / Math.sqrt(places.length))
    for (const id of ids) expect(id).toMatch(/^acct_[0-9a-hjkmnp-tv-z]{16}$/)
    const everything = JSON.stringify(simulation.accounts)
    expect(everything).not.toMatch(/hydra|attack|legit|abuse|launch|enterprise/)
  })

  it('spreads honest volumes widely and naive ones hardly', () => {
    const simulation = simulated('naive', { scale: 0.2 })
    const volumes = new Map<string, Map<string, number>>()
    for (const { account = '', label } of callsOf(simulation)) {
      const of = volumes.get(label) ?? new Map<string, number>()
      volumes.set(label, of)
      of.set(account, (of.get(account) ?? 0) + 1)
    }
    const logSd = (label: string): number =>
      sdOf([...(volumes.get(label)?.values() ?? [])].map(Math.log))
    expect(logSd('legit/agent')).toBeGreaterThan(1)
    expect(logSd('legit/app')).toBeGreaterThan(1.2)
    expect(logSd('attack/hydra')).toBeLessThan(0.6)
    const calls = (prefix: string): number =>
      [...volumes]
        .flatMap(([label, of]) => (label.startsWith(prefix) ? [...of.values()] : []))
        .reduce((sum, value) => sum + value, 0)
    const share = calls('attack/') / calls('')
    expect(share).toBeGreaterThan(0.03)
    expect(share).toBeLessThan(0.12)
  })

  it('leaves every honest customer as it was when a campaign changes', () => {
    const honest = (variant: string): string => {
      const hash = createHash('sha256')
      for (const call of callsOf(simulated('naive', { scale: 0.02 }, { variant, days: 2 }))) {
        if (!call.label.startsWith('attack/')) hash.update(traceText(call))
      }
      return hash.digest('hex')
    }
    expect(honest('a18-diversified')).toBe(honest('a1-naive'))
  })
})

describe.runIf(sharedPath('prompts/human_prompts.jsonl.gz') !== undefined)(
  'a population made from corpora',
  () => {
    it('calls from real operators, in about the mix of kinds that it was given', async () => {
      const folder = sharedPath('README.md')?.replace(/README\.md$/, '') ?? ''
      const material = await materialFromData(folder)
      expect(material.networks.residential.length).toBeGreaterThan(1_000)
      // Clients of a public API trace: 2.2 to 3.5.
      expect(material.programs.logSd).toBeGreaterThan(2)
      expect(material.programs.logSd).toBeLessThan(3.6)
      expect(new Set(material.texts.agents.map(({ system }) => system)).size).toBe(8)
      const simulation = simulated('naive', { scale: 0.04, material }, { days: 2 })
      const hosting = new Set<string>()
      const all = new Set<string>()
      for (const { account = '', ip, label } of callsOf(simulation)) {
        if (label !== 'legit/app' && label !== 'legit/batch') continue
        all.add(account)
        const value = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
        const isHosting = material.networks.hosting.some(
          ({ first, size }) => value >= first && value < first + size,
        )
        if (isHosting) hosting.add(account)
      }
      expect(hosting.size / all.size).toBeGreaterThan(0.6)
      expect(hosting.size / all.size).toBeLessThan(0.99)
    })
  },
)
