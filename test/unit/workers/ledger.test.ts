import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LedgerFailure, type SharedLedger } from '../../../src/core/ledger.ts'
import { createChannel, type Channel } from '../../../src/workers/channel.ts'
import { createLedgerClient } from '../../../src/workers/ledger-client.ts'
import {
  packBrought,
  packCorrections,
  packHoldings,
  unpackBrought,
  unpackCorrections,
  unpackHoldings,
} from '../../../src/workers/ledger-rows.ts'
import { serveLedger } from '../../../src/workers/ledger-service.ts'
import { wirePair } from '../../support/wire-pair.ts'

const CLAIM = {
  hi: 1,
  lo: -2,
  concurrent: false,
  window: { align: 'utc', lengthMs: 60_000 },
  amount: 3,
  quota: 10,
  enforced: true,
} as const
const TAKEN = {
  nowMs: 1_776_816_000_000,
  admitted: true,
  repaired: 0,
  readings: [{ used: 4, previous: 2, expiresMs: 1_776_816_060_000 }],
}

const channels = (): { readonly near: Channel; readonly far: Channel } => {
  const [a, b] = wirePair()
  const options = { onNonsense: (what: string) => expect.unreachable(what) }
  return { near: createChannel(a, options), far: createChannel(b, options) }
}

const recording = () => {
  const asked: unknown[] = []
  const note = async (what: unknown): Promise<void> => void asked.push(what)
  const ledger: SharedLedger = {
    open: () => Promise.resolve('memory'),
    take: async (claims) => (await note(claims), TAKEN),
    read: async (claims) => (await note(claims), TAKEN),
    correct: note,
    hold: note,
    bring: note,
  }
  return { asked, ledger }
}

const half = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const amount = fc.maxSafeNat()
const windows = fc.record({
  align: fc.constantFrom('first_use', 'utc', 'rolling'),
  lengthMs: fc.integer({ min: 1_000, max: 7_776_000_000 }),
})

describe('the counters of the primary', () => {
  it('are asked and answered over the channel as if they were here', async () => {
    const { near, far } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    const client = createLedgerClient(near)
    expect(await client.open()).toBe('memory')
    expect(await client.take([CLAIM])).toEqual(TAKEN)
    expect(await client.read([CLAIM])).toEqual(TAKEN)
    const { hi, lo, concurrent, window } = CLAIM
    await client.correct([{ hi, lo, concurrent, window, expiresMs: 5, delta: -2 }])
    await client.hold([{ hi, lo, running: 3 }])
    await client.bring([{ hi, lo, used: 1, previous: 2, expiresMs: 3 }])
    expect(asked).toEqual([
      [CLAIM],
      [CLAIM],
      [{ hi, lo, concurrent, window, expiresMs: 5, delta: -2 }],
      [{ hi, lo, running: 3 }],
      [{ hi, lo, used: 1, previous: 2, expiresMs: 3 }],
    ])
  })

  it('fail with a word that tells whether anything was carried out', async () => {
    const [a, b] = wirePair()
    const options = { onNonsense: (what: string) => expect.unreachable(what) }
    const [near, far] = [createChannel(a, options), createChannel(b, options)]
    const client = createLedgerClient(near, { deadlineMs: 30 })
    far.answer('ledger.open', () => 7)
    far.answer('ledger.take', () => 'numbers')
    far.answer('ledger.read', () => new Float64Array(1))
    far.answer('ledger.correct', () => {
      throw new LedgerFailure('forgotten', 'never heard of you')
    })
    far.answer('ledger.hold', () => {
      throw Object.assign(new Error('odd'), { kind: 'something else' })
    })
    await expect(client.open()).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.read([CLAIM])).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.correct([])).rejects.toMatchObject({ kind: 'forgotten' })
    await expect(client.hold([])).rejects.toMatchObject({ kind: 'refused' })
    b.hold(true)
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'timeout' })
    a.cut()
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('refuse a worker that sends what is no claim, and nothing reaches them', async () => {
    const { near, far } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    for (const [topic, body] of [
      ['ledger.take', 'claims'],
      ['ledger.take', new Float64Array(3)],
      ['ledger.take', new Float64Array([1, 2, 9, 1_000, 1, 1, 1])],
      ['ledger.correct', new Float64Array(5)],
      ['ledger.correct', new Float64Array([1, 2, 0, 1_000, 5, Number.NaN])],
      ['ledger.hold', new Float64Array([1, 2, -1])],
      ['ledger.bring', [1, 2, 3]],
    ] as const) {
      await expect(near.ask(topic, body, 1_000)).rejects.toMatchObject({ word: 'nonsense' })
    }
    expect(asked).toEqual([])
  })

  it('get every row as it was packed', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            hi: half,
            lo: half,
            concurrent: fc.constant(false),
            window: windows,
            expiresMs: amount,
            delta: fc.maxSafeInteger(),
          }),
        ),
        fc.array(fc.record({ hi: half, lo: half, running: fc.nat() })),
        fc.array(
          fc.record({ hi: half, lo: half, used: amount, previous: amount, expiresMs: amount }),
        ),
        (corrections, holdings, brought) => {
          expect(unpackCorrections(packCorrections(corrections))).toEqual(corrections)
          expect(unpackHoldings(packHoldings(holdings))).toEqual(holdings)
          expect(unpackBrought(packBrought(brought))).toEqual(brought)
        },
      ),
    )
  })
})
