import { describe, expect, it } from 'vitest'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import { clearanceTexts } from '../../../src/challenges/clearance-text.ts'
import { createTellingLedger, hearClearances } from '../../../src/challenges/telling-ledger.ts'
import { createUnheard } from '../../../src/challenges/unheard.ts'
import type { Clearance, ClearanceLedger } from '../../../src/core/challenge.ts'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { someFacts } from '../../support/some-facts.ts'

const facts = someFacts({ 'account.id': 'acct_1' })
const NOW = Date.now()

/** A ledger whose answers a test gives one by one. */
const aSlowLedger = () => {
  const asked: string[] = []
  const answers: ((found: readonly Clearance[] | Error) => void)[] = []
  const of: ClearanceLedger['of'] = (subject) => {
    asked.push(subject)
    return new Promise((resolve, reject) => {
      answers.push((found) => (found instanceof Error ? reject(found) : resolve(found)))
    })
  }
  return { of, asked, answer: (found: readonly Clearance[] | Error) => answers.shift()?.(found) }
}

describe('a look for clearances that this process has not heard of', () => {
  it('takes them, and says whether there were any', async () => {
    const ledger = aSlowLedger()
    const table = createClearanceTable()
    const unheard = createUnheard({ ledger, table })
    const clearance = aClearance()
    const first = unheard(facts)
    ledger.answer([clearance])
    expect(await first).toBe(true)
    expect(table.of('a:acct_1', NOW)).toEqual([clearance])
    const knowing = someFacts({ 'account.id': 'acct_1', 'clearance.held': ['it'] })
    const second = unheard(knowing)
    ledger.answer([clearance])
    expect(await second).toBe(false)
    const third = unheard(knowing)
    ledger.answer([{ ...clearance, state: 'revoked' }])
    expect(await third).toBe(true)
  })

  it('says so to every call whose facts do not speak of them, whoever brought them', async () => {
    const ledger = aSlowLedger()
    const table = createClearanceTable()
    const unheard = createUnheard({ ledger, table })
    const clearance = aClearance()
    const [first, second] = [unheard(facts), unheard(facts)]
    ledger.answer([clearance])
    expect(await first).toBe(true)
    ledger.answer([clearance])
    expect(await second).toBe(true)
    const third = unheard(someFacts({ 'account.id': 'acct_1', 'clearance.held': ['it'] }))
    ledger.answer([clearance])
    expect(await third).toBe(false)
    // By gossip, between the facts of a call and its look.
    const told = aClearance()
    table.take(told)
    const fourth = unheard(someFacts({ 'account.id': 'acct_1', 'clearance.held': ['it'] }))
    ledger.answer([clearance, told])
    expect(await fourth).toBe(true)
  })

  it('knows nothing new of a ledger that does not answer, or of nobody', async () => {
    const ledger = aSlowLedger()
    const unheard = createUnheard({ ledger, table: createClearanceTable() })
    const look = unheard(facts)
    ledger.answer(new Error('away'))
    expect(await look).toBe(false)
    expect(await unheard(someFacts({ 'account.id': UNKNOWN.late }))).toBe(false)
    expect(await unheard(someFacts())).toBe(false)
    expect(ledger.asked).toEqual(['a:acct_1'])
  })

  it('is one at a time for a subject, and begins after whoever waits for it came', async () => {
    const ledger = aSlowLedger()
    const unheard = createUnheard({ ledger, table: createClearanceTable() })
    const first = unheard(facts)
    const crowd = Array.from({ length: 100 }, () => unheard(facts))
    const other = unheard(someFacts({ 'account.id': 'other' }))
    expect(ledger.asked).toEqual(['a:acct_1', 'a:other'])
    ledger.answer([])
    ledger.answer([])
    expect([await first, await other]).toEqual([false, false])
    expect(ledger.asked).toEqual(['a:acct_1', 'a:other', 'a:acct_1'])
    ledger.answer([aClearance()])
    expect(new Set(await Promise.all(crowd))).toEqual(new Set([true]))
    expect(ledger.asked).toHaveLength(3)
  })

  it('is made anew once all before it are over', async () => {
    const ledger = aSlowLedger()
    const unheard = createUnheard({ ledger, table: createClearanceTable() })
    for (let round = 1; round <= 3; round++) {
      const looks = [unheard(facts), unheard(facts)]
      ledger.answer(round === 2 ? new Error('away') : [])
      await looks[0]
      ledger.answer([])
      await looks[1]
      expect(ledger.asked).toHaveLength(2 * round)
    }
  })
})

describe('a ledger that tells', () => {
  const setup = (outcome: 'claimed' | 'spent' | 'expired' | Error) => {
    const table = createClearanceTable()
    const told: string[] = []
    const behind: ClearanceLedger = {
      claim: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
      of: () => Promise.resolve([]),
      put: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve()),
    }
    const gossip = { tell: (_topic: string, text: string) => void told.push(text) }
    return { table, told, ledger: createTellingLedger({ ledger: behind, table, gossip }) }
  }

  it('takes and tells what was claimed or put, and nothing else', async () => {
    const clearance = aClearance()
    const done = setup('claimed')
    expect(await done.ledger.claim(clearance, NOW)).toBe('claimed')
    const revoked: Clearance = { ...clearance, state: 'revoked' }
    await done.ledger.put(revoked)
    expect(done.told).toEqual([...clearanceTexts([clearance]), ...clearanceTexts([revoked])])
    expect(done.table.of('a:acct_1', NOW)).toEqual([revoked])
    for (const outcome of ['spent', 'expired', new Error('away')] as const) {
      const { ledger, told, table } = setup(outcome)
      await ledger.claim(clearance, NOW).catch(() => undefined)
      if (outcome instanceof Error) await expect(ledger.put(clearance)).rejects.toBe(outcome)
      expect(told).toEqual([])
      expect(table.size(NOW)).toBe(0)
    }
  })

  it('is heard by others, who say how much of it was not sound', () => {
    const table = createClearanceTable()
    let refused = 0
    let heard: ((text: string) => void) | undefined
    const gossip = {
      tell: () => undefined,
      hear: (_topic: string, listener: (text: string) => void) => {
        heard = listener
      },
      close: () => Promise.resolve(),
    }
    hearClearances(gossip, table, (rows) => {
      refused += rows
    })
    const clearance = aClearance()
    for (const text of [...clearanceTexts([clearance]), 'junk', '[1,5]']) heard?.(text)
    expect(table.of('a:acct_1', NOW)).toEqual([clearance])
    expect(refused).toBe(2)
  })
})
