import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LedgerFailure } from '../../../src/core/ledger.ts'
import { createChannel, type Channel } from '../../../src/workers/channel.ts'
import { sharedNowMs } from '../../../src/workers/ledger-deadline.ts'
import { createLedgerClient } from '../../../src/workers/ledger-client.ts'
import {
  packBrought,
  packCorrections,
  packHoldings,
  unpackBrought,
  unpackCorrections,
  unpackHoldings,
} from '../../../src/workers/ledger-rows.ts'
import { serveLedger, type CountedHere } from '../../../src/workers/ledger-service.ts'
import { wirePair, type WireEnd } from '../../support/wire-pair.ts'

const CLAIM = {
  hi: 1,
  lo: -2,
  concurrent: false,
  window: { align: 'utc', lengthMs: 60_000 },
  amount: 3,
  quota: 10,
  enforced: true,
} as const
const MEMORY = { word: 'memory', ageMs: Infinity }
const TAKEN = {
  nowMs: 1_776_816_000_000,
  admitted: true,
  repaired: 0,
  readings: [{ used: 4, previous: 2, expiresMs: 1_776_816_060_000 }],
}

type Pair = { readonly near: Channel; readonly far: Channel; readonly nearEnd: WireEnd }

const channels = (
  onNonsense: (what: string) => void = (what) => expect.unreachable(what),
): Pair => {
  const [nearEnd, b] = wirePair()
  const options = { onNonsense }
  return { near: createChannel(nearEnd, options), far: createChannel(b, options), nearEnd }
}

const recording = () => {
  const asked: unknown[] = []
  const note = (what: unknown): void => void asked.push(what)
  const ledger: CountedHere = {
    open: () => MEMORY,
    take: (claims) => (note(claims), TAKEN),
    read: (claims) => (note(claims), TAKEN),
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

const LATER_MS = Number.MAX_SAFE_INTEGER

describe('the counters of the primary', () => {
  it('are asked and answered over the channel as if they were here', async () => {
    const { near, far } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    const client = createLedgerClient(near)
    expect(await client.open()).toEqual(MEMORY)
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

  it('are asked for all calls of a turn in one message, in the order of everything else', async () => {
    const { near, far, nearEnd } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    const client = createLedgerClient(near)
    const { hi, lo, concurrent, window } = CLAIM
    const correction = { hi, lo, concurrent, window, expiresMs: 5, delta: -2 }
    const other = { ...CLAIM, lo: 7 }
    const first = client.take([CLAIM])
    const second = client.take([])
    await client.correct([correction])
    const third = client.take([other])
    const none = { ...TAKEN, readings: [] }
    ledger.take = (claims) => (asked.push(claims), claims.length > 0 ? TAKEN : none)
    expect(await Promise.all([first, second, third])).toEqual([TAKEN, none, TAKEN])
    expect(asked).toEqual([[CLAIM], [], [correction], [other]])
    expect(nearEnd.sent).toHaveLength(1)
  })

  it('refuse one call for which there is no room, and no other of its turn', async () => {
    const { near, far } = channels()
    const { ledger } = recording()
    serveLedger(far, {
      ...ledger,
      take: ([claim]) => {
        if (claim?.lo === 7) throw new LedgerFailure('refused', 'no room')
        return TAKEN
      },
    })
    const client = createLedgerClient(near)
    const asked = [CLAIM, { ...CLAIM, lo: 7 }, CLAIM].map((claim) => client.take([claim]))
    const [first, second, third] = await Promise.allSettled(asked)
    expect(first).toMatchObject({ value: TAKEN })
    expect(second).toMatchObject({ reason: { kind: 'refused' } })
    expect(third).toMatchObject({ value: TAKEN })
  })

  it('fail all calls of a turn where they do not know the asking worker', async () => {
    const { near, far } = channels()
    const { ledger } = recording()
    serveLedger(far, {
      ...ledger,
      take: () => {
        throw new LedgerFailure('forgotten', 'never heard of you')
      },
    })
    const client = createLedgerClient(near)
    const asked = [client.take([CLAIM]), client.take([CLAIM])]
    for (const one of asked) await expect(one).rejects.toMatchObject({ kind: 'forgotten' })
  })

  it('fail with a word that tells whether anything was carried out', async () => {
    const [a, b] = wirePair()
    const options = { onNonsense: (what: string) => expect.unreachable(what) }
    const [near, far] = [createChannel(a, options), createChannel(b, options)]
    const client = createLedgerClient(near, { deadlineMs: 30 })
    far.answer('ledger.open', () => 7)
    far.answer('ledger.take', () => 'numbers')
    far.answer('ledger.read', () => new Float64Array(1))
    far.answer('ledger.bring', () => {
      throw new LedgerFailure('forgotten', 'never heard of you')
    })
    far.answer('ledger.hold', () => {
      throw Object.assign(new Error('odd'), { kind: 'something else' })
    })
    await expect(client.open()).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.read([CLAIM])).rejects.toMatchObject({ kind: 'nonsense' })
    await expect(client.bring([])).rejects.toMatchObject({ kind: 'forgotten' })
    await expect(client.hold([])).rejects.toMatchObject({ kind: 'refused' })
    b.hold(true)
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'timeout' })
    a.cut()
    await expect(client.take([CLAIM])).rejects.toMatchObject({ kind: 'unreachable' })
    await expect(client.correct([])).rejects.toMatchObject({ kind: 'unreachable' })
  })

  it('carry nothing out that comes too late: the worker has judged it alone by then', async () => {
    const { near, far } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    for (const latestMs of [sharedNowMs() - 1, 0, -1, Number.NaN]) {
      await expect(
        near.ask('ledger.take', new Float64Array([latestMs, 0]), 1_000),
      ).rejects.toMatchObject({ word: 'refused' })
    }
    await near.ask('ledger.take', new Float64Array([]), 1_000).catch(() => undefined)
    expect(asked).toEqual([])
    const inTime = new Float64Array([LATER_MS, 1, 1, -2, 1, 60_000, 3, 10, 1])
    expect(await near.ask('ledger.take', inTime, 1_000)).toBeInstanceOf(Float64Array)
  })

  it('refuse a worker that sends what is no claim, and nothing reaches them', async () => {
    const { near, far } = channels()
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    for (const [topic, body] of [
      ['ledger.take', 'claims'],
      ['ledger.take', new Float64Array([LATER_MS, 1, 0, 0])],
      ['ledger.take', new Float64Array([LATER_MS, 1, 1, 2, 9, 1_000, 1, 1, 1])],
      ['ledger.take', new Float64Array([LATER_MS, 0, 0.5, 1, 2, 0, 1_000, 1, 1, 1])],
      ['ledger.take', new Float64Array([LATER_MS, Number.NaN])],
      ['ledger.take', new Float64Array([LATER_MS, -1, -1])],
      ['ledger.take', new Float64Array([LATER_MS, 1e300, 1, 2, 0, 1_000, 1, 1, 1])],
      ['ledger.read', new Float64Array([1, 2, 9, 1_000, 1, 1, 1])],
      ['ledger.hold', new Float64Array([1, 2, -1])],
      ['ledger.bring', [1, 2, 3]],
    ] as const) {
      await expect(near.ask(topic, body, 1_000)).rejects.toMatchObject({ word: 'nonsense' })
    }
    expect(asked).toEqual([])
  })

  it.each([
    ['no numbers', 'corrections'],
    ['half a correction', new Float64Array(5)],
    ['what is no number', new Float64Array([1, 2, 0, 1_000, 5, Number.NaN])],
  ])('have a worker ended that corrects with %s', async (_what, body) => {
    const nonsense: string[] = []
    const { near, far } = channels((what) => void nonsense.push(what))
    const { asked, ledger } = recording()
    serveLedger(far, ledger)
    near.tell('ledger.correct', body)
    await near.ask('ledger.open', undefined, 1_000)
    expect(nonsense).toEqual(['news of ledger.correct'])
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
