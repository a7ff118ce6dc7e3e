import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { DAY_MS } from '../../../src/core/time.ts'
import {
  batchText,
  MAX_BATCH,
  parseBatch,
  sightingText,
} from '../../../src/signals/sighting-text.ts'
import { sightingOf, type Sighting } from '../../../src/signals/sighting.ts'
import { aCall } from '../../support/a-call.ts'
import { anEvent, aRefusedArrival, someFacts } from '../../support/an-event.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const hashNetwork = createKeyedHash(new Uint8Array(32), 'network')
const options = { hashNetwork, vouches: () => true }

const aSighting = (changes: Partial<Sighting> = {}): Sighting => ({
  atMs: NOW_MS - 5_000,
  endMs: NOW_MS - 4_000,
  account: 'acct_1',
  entity: 'org_1',
  network: hashNetwork('192.0.2.0/24'),
  asn: 64_500,
  country: 'FR',
  instrument: 'i'.repeat(22),
  tokens: 46,
  served: true,
  credential: 'c'.repeat(22),
  ...changes,
})

const parsed = (text: string): Sighting | undefined => parseBatch(text, NOW_MS).sightings[0]

describe('the sighting of a call', () => {
  it('holds what learners need, and no address, secret or word of the call', () => {
    const call = aCall({ ask: { endUser: 'someone' } })
    const sighting = sightingOf(anEvent({ call }), options)
    expect(sighting).toEqual({
      atMs: NOW_MS,
      endMs: NOW_MS + 812,
      account: 'acct_1',
      entity: 'acct_1',
      network: hashNetwork('203.0.113.0/24'),
      asn: 64_500,
      country: 'FR',
      instrument: undefined,
      tokens: 46,
      served: true,
      credential: 'credential-hash',
    })
    expect(sightingText(sighting ?? aSighting())).not.toMatch(/203\.0|sk-test|someone|m-1/)
  })

  it('is none where neither an account nor an accepted credential stands behind it', () => {
    const unknown = someFacts({ 'account.known': false })
    const changes: readonly Partial<CallEvent>[] = [
      { outcome: 'refused', upstreamStatus: undefined },
      { outcome: 'faulted' },
      { upstreamStatus: 401 },
      { call: aCall({ credential: undefined }) },
      { call: aCall({ route: { ...aCall().route, metering: 'request' } }) },
    ]
    for (const change of changes) {
      expect(sightingOf(anEvent({ facts: unknown, ...change }), options)).toBeUndefined()
    }
    expect(sightingOf(aRefusedArrival(), options)).toBeUndefined()
    const accepted = sightingOf(anEvent({ facts: unknown }), options)
    expect(accepted).toMatchObject({ account: undefined, credential: 'credential-hash' })
  })

  it('names no credential where nothing vouches for one', () => {
    expect(sightingOf(anEvent(), { hashNetwork })?.credential).toBeUndefined()
    const doubtful = { hashNetwork, vouches: () => false }
    expect(sightingOf(anEvent(), doubtful)?.credential).toBeUndefined()
  })
})

describe('the text of sightings', () => {
  const hashes = fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{22}$/), { nil: undefined })
  const names = fc.stringMatching(/^[\x21-\x7e]{1,40}$/)
  const sightings = fc
    .record({
      agoMs: fc.nat({ max: DAY_MS - 1 }),
      tookMs: fc.nat({ max: 60_000 }),
      account: fc.option(names, { nil: undefined }),
      entity: names,
      network: hashes,
      asn: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }),
      country: fc.option(fc.stringMatching(/^[A-Z]{2}$/), { nil: undefined }),
      instrument: hashes,
      tokens: fc.nat({ max: 1e9 }),
      served: fc.boolean(),
      credential: fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
    })
    .map(({ agoMs, tookMs, ...rest }): Sighting => {
      const atMs = NOW_MS - agoMs
      const entity = rest.account === undefined ? undefined : rest.entity
      return { ...rest, entity, atMs, endMs: Math.min(NOW_MS, atMs + tookMs) }
    })

  it('brings back what went in', () => {
    fc.assert(
      fc.property(fc.array(sightings, { minLength: 1, maxLength: 20 }), (list) => {
        const text = batchText(list.map(sightingText).join(','))
        expect(parseBatch(text, NOW_MS)).toEqual({ sightings: list, refused: 0 })
      }),
    )
  })

  it('is nothing but refused where it is no batch', () => {
    const row = sightingText(aSighting())
    const texts = [
      ...['', '[', 'null', '1', '{}', '"x"', '[[1]]'].values(),
      ...[`[2,${row}]`, `["1",${row}]`, `[1,${row}`].values(),
      batchText(Array.from({ length: MAX_BATCH + 1 }, () => row).join(',')),
      `[1,"${'x'.repeat(300_000)}"]`,
      `[1,${'['.repeat(100_000)}${']'.repeat(100_000)}]`,
    ]
    for (const text of texts) {
      const { sightings: sound, refused } = parseBatch(text, NOW_MS)
      expect([sound.length, refused], text.slice(0, 60)).toEqual([0, 1])
    }
  })

  it('loses a sighting with any field of another form, and no other one', () => {
    const good = sightingText(aSighting())
    // JSON text of this module's own making is an array.
    const fields = JSON.parse(good) as readonly unknown[]
    const wrong: readonly (readonly [at: number, values: readonly unknown[]])[] = [
      [0, [NOW_MS + 300_001, NOW_MS - DAY_MS, -1, 1.5, 1e300, '1', true, [], {}]],
      [1, [-1, 0.5, DAY_MS + 1, '0']],
      [2, ['', 'a b', 'a\n', 'x'.repeat(257), 'ä', 7, [], '\u0000']],
      [3, ['', 'a b', 'x'.repeat(281), 7]],
      [4, ['192.0.2.0/24', 'x'.repeat(21), 'x'.repeat(23), '='.repeat(22)]],
      [5, [-1, 2 ** 32, 'AS1', 1.5]],
      [6, ['fr', 'FRA', '', 1]],
      [7, ['4242424242424242', 1]],
      [8, [-1, 1e9 + 1, 1.5, '1']],
      [9, [2, true, '1']],
      [10, ['sk-live-1234', 1, 'x'.repeat(23)]],
    ]
    for (const [at, values] of wrong) {
      for (const value of [...values, null]) {
        const bad = JSON.stringify(fields.with(at, value))
        const batch = parseBatch(batchText(`${good},${bad},${good}`), NOW_MS)
        expect([batch.sightings.length, batch.refused], bad).toEqual([2, 1])
      }
    }
    for (const bad of [fields.slice(1), [...fields, 0], { 0: 1 }, fields.with(2, 0)]) {
      expect(parsed(batchText(JSON.stringify(bad)))).toBeUndefined()
    }
  })

  it('never throws and never brings a time from the future, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 12 }), (row) => {
        const { sightings: sound } = parseBatch(batchText(JSON.stringify(row)), NOW_MS)
        expect(sound).toEqual([])
      }),
    )
    const ahead = aSighting({ atMs: NOW_MS + 200_000, endMs: NOW_MS + 260_000 })
    expect(parsed(batchText(sightingText(ahead)))).toMatchObject({ atMs: NOW_MS, endMs: NOW_MS })
  })
})
