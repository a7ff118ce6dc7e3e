import { describe, expect, it } from 'vitest'
import type { Clearance, ClearanceLedger } from '../../../src/core/challenge.ts'
import { clearanceRow } from '../../../src/core/clearance-row.ts'
import { LedgerFailure } from '../../../src/core/ledger.ts'
import { SubjectFull } from '../../../src/core/subject-full.ts'
import { createChannel, type Channel } from '../../../src/workers/channel.ts'
import { askClearances, serveClearances } from '../../../src/workers/clearance-desk.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { until } from '../../support/wait.ts'
import { wirePair } from '../../support/wire-pair.ts'

const setup = (over: Partial<ClearanceLedger> = {}) => {
  const asked: unknown[] = []
  const ledger: ClearanceLedger = {
    claim: (clearance, untilMs) => {
      asked.push([clearance, untilMs])
      return Promise.resolve('claimed')
    },
    of: (subject) => {
      asked.push(subject)
      return Promise.resolve([])
    },
    put: (clearance) => {
      asked.push(clearance)
      return Promise.resolve()
    },
    ...over,
  }
  const [atPrimary, atWorker] = wirePair()
  const nonsense: string[] = []
  const onNonsense = (what: string): void => void nonsense.push(what)
  const primary = createChannel(atPrimary, { onNonsense })
  const worker = createChannel(atWorker, { onNonsense })
  return { asked, ledger, atPrimary, atWorker, primary, worker, nonsense }
}
const kindOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    (value) => value,
    (error: unknown) => (error instanceof LedgerFailure ? error.kind : error),
  )

describe('clearances that a worker asks its primary for', () => {
  it('reach the ledger as they were asked about', async () => {
    const { primary, worker, ledger, asked } = setup()
    serveClearances(primary, ledger)
    const asker = askClearances(worker)
    const clearance = aClearance({ facts: { 'payment.verified': true }, bound: { asn: 1 } })
    expect(await asker.claim(clearance, 12_345)).toBe('claimed')
    await asker.put(clearance)
    expect(await asker.of(clearance.subject)).toEqual([])
    expect(asked).toEqual([[clearance, 12_345], clearance, clearance.subject])
  })

  it('fail as the ledger fails, with what kind it was', async () => {
    const away = (): Promise<never> => Promise.reject(new LedgerFailure('unreachable', 'disk'))
    const { primary, worker, ledger } = setup({ claim: away, of: away, put: away })
    serveClearances(primary, ledger)
    const asker = askClearances(worker)
    const clearance = aClearance()
    for (const request of [
      asker.claim(clearance, 1),
      asker.of(clearance.subject),
      asker.put(clearance),
    ]) {
      expect(await kindOf(request)).toBe('unreachable')
    }
  })

  it('say that a subject has too many', async () => {
    const { primary, worker, ledger } = setup({ claim: () => Promise.reject(new SubjectFull()) })
    serveClearances(primary, ledger)
    const asker = askClearances(worker)
    await expect(asker.claim(aClearance(), 1)).rejects.toBeInstanceOf(SubjectFull)
  })

  it('are given up after a deadline, and are not carried out then', async () => {
    const { primary, worker, ledger, asked, atWorker } = setup()
    serveClearances(primary, ledger)
    const asker = askClearances(worker, { deadlineMs: 20 })
    atWorker.hold(true)
    const requests = [asker.claim(aClearance(), 1), asker.put(aClearance())]
    expect(await Promise.all(requests.map(kindOf))).toEqual(['timeout', 'timeout'])
    atWorker.hold(false)
    const patient = askClearances(worker)
    await patient.of('a:last')
    await until('the last question', () => asked.includes('a:last'))
    expect(asked).toEqual(['a:last'])
  })

  it('are out of reach once the primary is gone', async () => {
    const { worker, atWorker } = setup()
    const asker = askClearances(worker)
    atWorker.cut()
    expect(await kindOf(asker.claim(aClearance(), 1))).toBe('unreachable')
  })

  it('that are none are refused by the primary, whatever they are', async () => {
    const { primary, worker, ledger, asked } = setup()
    serveClearances(primary, ledger)
    const soonMs = Number.MAX_SAFE_INTEGER
    const row = clearanceRow(aClearance())
    const questions: readonly (readonly [string, unknown])[] = [
      ['claim', undefined],
      ['claim', 'x'],
      ['claim', [row, 1]],
      ['claim', [row, 1, 'soon']],
      ['claim', [row, 'x', soonMs]],
      ['claim', ['[]', 1, soonMs]],
      ['claim', [5, 1, soonMs]],
      ['claim', [row.repeat(50), 1, soonMs]],
      ['of', 5],
      ['of', 'acct_1'],
      ['of', `a:${'x'.repeat(5_000)}`],
      ['put', [undefined, soonMs]],
      ['put', [row]],
    ]
    for (const [what, body] of questions) {
      const word = await worker.ask(`clearances.${what}`, body, 2_000).then(
        () => 'answered',
        (error: { readonly word?: unknown }) => error.word,
      )
      expect(['nonsense', 'refused']).toContain(word)
    }
    expect(asked).toEqual([])
  })

  it('that the primary answers with nonsense are nonsense', async () => {
    const clearance = aClearance()
    const other: Clearance = { ...clearance, subject: 'a:other' }
    const answering = (answer: unknown): { readonly worker: Channel } => {
      const { primary, worker } = setup()
      for (const what of ['claim', 'of', 'put']) primary.answer(`clearances.${what}`, () => answer)
      return { worker }
    }
    for (const answer of [undefined, 5, 'yes', {}, [5], ['[]'], [clearanceRow(other)]]) {
      const { worker } = answering(answer)
      const asker = askClearances(worker)
      expect(await kindOf(asker.claim(clearance, 1))).toBe('nonsense')
      expect(await kindOf(asker.of(clearance.subject))).toBe('nonsense')
      expect(await kindOf(asker.put(clearance))).toBe('nonsense')
    }
  })
})
