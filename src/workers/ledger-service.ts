import { LedgerFailure, type SharedLedger } from '../core/ledger.ts'
import { packTaken, unpackClaims } from '../core/ledger-form.ts'
import type { Channel } from './channel.ts'
import { unpackBrought, unpackCorrections, unpackHoldings } from './ledger-rows.ts'

const numbersOf = (body: unknown): Float64Array => {
  if (body instanceof Float64Array) return body
  throw new LedgerFailure('nonsense', 'a worker asked without numbers')
}

/** Answers a worker's questions with the counters of this process. Numbers that are none are refused. */
export const serveLedger = (channel: Channel, ledger: SharedLedger): void => {
  channel.answer('ledger.open', () => ledger.open())
  channel.answer('ledger.take', async (body) =>
    packTaken(await ledger.take(unpackClaims(numbersOf(body)))),
  )
  channel.answer('ledger.read', async (body) =>
    packTaken(await ledger.read(unpackClaims(numbersOf(body)))),
  )
  channel.answer('ledger.correct', (body) => ledger.correct(unpackCorrections(numbersOf(body))))
  channel.answer('ledger.hold', (body) => ledger.hold(unpackHoldings(numbersOf(body))))
  channel.answer('ledger.bring', (body) => ledger.bring(unpackBrought(numbersOf(body))))
}
