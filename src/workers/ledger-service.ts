import {
  LedgerFailure,
  type Brought,
  type Claim,
  type Correction,
  type Holding,
  type LedgerMemory,
  type Taken,
} from '../core/ledger.ts'
import { packTaken, unpackClaims } from '../core/ledger-form.ts'
import { answerTakes } from '../core/take-batch.ts'
import type { Channel } from './channel.ts'
import { sharedNowMs, TAKE_HEAD } from './ledger-deadline.ts'
import { unpackBrought, unpackCorrections, unpackHoldings } from './ledger-rows.ts'

/** A shared ledger without the waiting: counters of this process as one worker asks them. */
export interface CountedHere {
  open(): LedgerMemory
  take(claims: readonly Claim[]): Taken
  read(claims: readonly Claim[]): Taken
  correct(corrections: readonly Correction[]): void
  hold(holdings: readonly Holding[]): void
  bring(counters: readonly Brought[]): void
}

const numbersOf = (body: unknown): Float64Array => {
  if (body instanceof Float64Array) return body
  throw new LedgerFailure('nonsense', 'a worker asked without numbers')
}

/**
 * Answers a worker's questions with the counters of this process. Numbers that are none are refused;
 * corrections, which are not answered, end a worker that sends such.
 */
export const serveLedger = (channel: Channel, ledger: CountedHere): void => {
  channel.answer('ledger.open', () => ledger.open())
  channel.answer('ledger.take', (body) => {
    const numbers = numbersOf(body)
    // The worker has given up and judged the calls itself: to charge them now would charge them twice.
    if (!(sharedNowMs() <= (numbers[0] ?? 0))) {
      throw new LedgerFailure('refused', 'the question came too late to be carried out')
    }
    return answerTakes(numbers.subarray(TAKE_HEAD), (claims) => ledger.take(claims))
  })
  channel.answer('ledger.read', (body) => packTaken(ledger.read(unpackClaims(numbersOf(body)))))
  channel.hear('ledger.correct', (body) => ledger.correct(unpackCorrections(numbersOf(body))))
  channel.answer('ledger.hold', (body) => ledger.hold(unpackHoldings(numbersOf(body))))
  channel.answer('ledger.bring', (body) => ledger.bring(unpackBrought(numbersOf(body))))
}
