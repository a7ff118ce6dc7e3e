import {
  LedgerFailure,
  type Brought,
  type Correction,
  type Holding,
  type LedgerMemory,
  type SharedLedger,
} from '../core/ledger.ts'
import { packClaims, unpackTaken } from '../core/ledger-form.ts'
import { createTakeBatch } from '../core/take-batch.ts'
import { failureKindOf } from './channel-failure-kind.ts'
import { ChannelFailure, type Channel } from './channel.ts'
import { sharedNowMs, TAKE_HEAD } from './ledger-deadline.ts'
import { packBrought, packCorrections, packHoldings } from './ledger-rows.ts'

/** Within this, a primary that does nothing else but count has answered thousands, on a busy machine too. */
const DEADLINE_MS = 500

/** A memory as the primary named it; an age that is none is 0. */
const memoryOf = (answer: unknown): LedgerMemory | undefined => {
  if (typeof answer !== 'object' || answer === null) return undefined
  if (!('word' in answer) || typeof answer.word !== 'string') return undefined
  const ageMs = 'ageMs' in answer && typeof answer.ageMs === 'number' ? answer.ageMs : 0
  return { word: answer.word, ageMs: ageMs >= 0 ? ageMs : 0 }
}

/**
 * The counters of the primary as a worker sees them. A primary that hangs is a ledger that does not
 * answer in time: the worker goes on by its own share of each quota.
 */
export const createLedgerClient = (
  channel: Channel,
  options: { readonly deadlineMs?: number } = {},
): SharedLedger => {
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS
  const ask = async (what: string, body: unknown): Promise<unknown> => {
    try {
      return await channel.ask(`ledger.${what}`, body, deadlineMs)
    } catch (error) {
      if (!(error instanceof ChannelFailure)) throw error
      throw new LedgerFailure(failureKindOf(error), error.message, { cause: error })
    }
  }
  const numbers = async (what: string, body: Float64Array): Promise<Float64Array> => {
    const answer = await ask(what, body)
    if (answer instanceof Float64Array) return answer
    throw new LedgerFailure('nonsense', 'the primary answered with no numbers')
  }
  const flushSoon = channel.beforeSend(() => batch.flush())
  const batch = createTakeBatch({
    head: TAKE_HEAD,
    ask: (_claims, packed) => {
      packed[0] = sharedNowMs() + deadlineMs
      return numbers('take', packed)
    },
    later: flushSoon,
  })
  return {
    open: async () => {
      const memory = memoryOf(await ask('open', undefined))
      if (memory !== undefined) return memory
      throw new LedgerFailure('nonsense', 'the primary named no memory')
    },
    take: (claims) => batch.take(claims),
    read: async (claims) => {
      batch.flush()
      return unpackTaken(await numbers('read', packClaims(claims)), claims.length)
    },
    correct: (corrections: readonly Correction[]) => {
      batch.flush()
      // Not answered: what a living primary was told it carries out, and with it ends the worker.
      return channel.tell('ledger.correct', packCorrections(corrections))
        ? Promise.resolve()
        : Promise.reject(new LedgerFailure('unreachable', 'the primary does not take corrections'))
    },
    hold: async (holdings: readonly Holding[]) => {
      batch.flush()
      await ask('hold', packHoldings(holdings))
    },
    bring: async (counters: readonly Brought[]) => {
      batch.flush()
      await ask('bring', packBrought(counters))
    },
  }
}
