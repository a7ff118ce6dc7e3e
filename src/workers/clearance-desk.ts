import type { Clearance, ClearanceLedger } from '../core/challenge.ts'
import { clearanceRow, isSubject, parseClearanceRow } from '../core/clearance-row.ts'
import { LedgerFailure } from '../core/ledger.ts'
import { SubjectFull } from '../core/subject-full.ts'
import { ChannelFailure, type Channel } from './channel.ts'
import { failureKindOf } from './channel-failure-kind.ts'
import { sharedNowMs } from './ledger-deadline.ts'

/** A primary that hangs is a ledger that does not answer. */
const DEADLINE_MS = 500

const FULL = 'full'

const rowOf = (value: unknown): Clearance => {
  const clearance = typeof value === 'string' ? parseClearanceRow(value) : undefined
  if (clearance !== undefined) return clearance
  throw new LedgerFailure('nonsense', 'a worker asked about no clearance')
}

const partsOf = (body: unknown): readonly unknown[] => (Array.isArray(body) ? body : [])

/** Whether the asker has given up by now: then it has told its caller that nothing was granted. */
const checkInTime = (untilMs: unknown): void => {
  if (typeof untilMs === 'number' && sharedNowMs() <= untilMs) return
  throw new LedgerFailure('refused', 'the question came too late to be carried out')
}

/** Answers a worker's questions about clearances with the ledger of this process. */
export const serveClearances = (channel: Channel, ledger: ClearanceLedger): void => {
  channel.answer('clearances.claim', async (body) => {
    const [row, answerableUntilMs, untilMs] = partsOf(body)
    checkInTime(untilMs)
    if (typeof answerableUntilMs !== 'number') {
      throw new LedgerFailure('nonsense', 'a worker asked without a time')
    }
    try {
      return await ledger.claim(rowOf(row), answerableUntilMs)
    } catch (error) {
      if (error instanceof SubjectFull) return FULL
      throw error
    }
  })
  channel.answer('clearances.of', async (body) => {
    if (!isSubject(body)) throw new LedgerFailure('nonsense', 'a worker asked about nobody')
    return (await ledger.of(body)).map(clearanceRow)
  })
  channel.answer('clearances.put', async (body) => {
    const [row, untilMs] = partsOf(body)
    checkInTime(untilMs)
    await ledger.put(rowOf(row))
    return 'put'
  })
}

/** The ledger of the primary as a worker sees it. Rejects with `LedgerFailure` within `deadlineMs` (500). */
export const askClearances = (
  channel: Channel,
  options: { readonly deadlineMs?: number } = {},
): ClearanceLedger => {
  const { deadlineMs = DEADLINE_MS } = options
  const ask = async (what: string, body: unknown): Promise<unknown> => {
    try {
      return await channel.ask(`clearances.${what}`, body, deadlineMs)
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error
      throw new LedgerFailure(failureKindOf(error), error.message, { cause: error })
    }
  }
  const nonsense = (): LedgerFailure =>
    new LedgerFailure('nonsense', 'the primary answered with no answer')
  return {
    claim: async (clearance, answerableUntilMs) => {
      const untilMs = sharedNowMs() + deadlineMs
      const answer = await ask('claim', [clearanceRow(clearance), answerableUntilMs, untilMs])
      if (answer === 'claimed' || answer === 'spent' || answer === 'expired') return answer
      throw answer === FULL ? new SubjectFull() : nonsense()
    },
    of: async (subject) => {
      const answer = await ask('of', subject)
      if (!Array.isArray(answer)) throw nonsense()
      return answer.map((row: unknown) => {
        const clearance = typeof row === 'string' ? parseClearanceRow(row) : undefined
        if (clearance?.subject !== subject) throw nonsense()
        return clearance
      })
    },
    put: async (clearance) => {
      const untilMs = sharedNowMs() + deadlineMs
      if ((await ask('put', [clearanceRow(clearance), untilMs])) !== 'put') throw nonsense()
    },
  }
}
