import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issuedText, parseIssued } from '../../../src/challenges/issued-text.ts'
import { createSeals } from '../../../src/challenges/seal.ts'
import { anIssued } from '../../support/a-challenge.ts'

const rowOf = (text: string): unknown[] => JSON.parse(text) as unknown[]

describe('the text of an issued challenge', () => {
  it('says everything about it', () => {
    for (const issued of [
      anIssued(),
      anIssued({ bound: { network: 'n', asn: 0, credential: 'c' }, stack: '' }),
      anIssued({ kind: 'step_up', subject: 'c:credential-hash', difficulty: 1 }),
      anIssued({ subject: 'a:"quoted\\' }),
    ]) {
      expect(parseIssued(issuedText(issued))).toEqual(issued)
    }
  })

  it('fits a sealed id of a path, whatever stands in it', () => {
    const longest = anIssued({
      subject: `a:${'"'.repeat(256)}`,
      rule: 'r'.repeat(64),
      decision: 'd'.repeat(64),
      network: 'n'.repeat(64),
      stack: 's'.repeat(64),
      bound: { network: 'n'.repeat(64), asn: 2 ** 32 - 1, credential: 'c'.repeat(64) },
    })
    const seal = createSeals({ rootKey: Buffer.alloc(32) }).of('challenge')
    const token = seal.seal(issuedText(longest))
    expect(token.length).toBeLessThan(2_000)
    expect(seal.open(token)).toBe(issuedText(longest))
  })

  it('is read only in its whole form', () => {
    const text = issuedText(anIssued())
    const row = rowOf(text)
    expect(parseIssued(JSON.stringify([...row, 0]))).toBeUndefined()
    expect(parseIssued(JSON.stringify(row.slice(0, -1)))).toBeUndefined()
    expect(parseIssued(JSON.stringify([2, ...row.slice(1)]))).toBeUndefined()
    for (const other of ['', '{}', 'null', '[]', '[[1]]', text.slice(1)]) {
      expect(parseIssued(other)).toBeUndefined()
    }
  })

  it('is answerable for 31 days at most, whatever it says', () => {
    const issuedMs = Date.now()
    const DAY_MS = 86_400_000
    const until = (ms: number) =>
      parseIssued(issuedText(anIssued({ issuedMs, expiresMs: issuedMs + ms })))
    expect(until(31 * DAY_MS)).toBeDefined()
    expect(until(31 * DAY_MS + 1)).toBeUndefined()
    expect(until(-1)).toBeUndefined()
  })

  it('is refused where any field is of another type or range', () => {
    const row = rowOf(issuedText(anIssued()))
    const odd = [null, {}, [], true, -2, 0.5, 1e300, 'é', 'a b', '', '\u0000', 'x'.repeat(400)]
    for (let at = 0; at < row.length; at++) {
      for (const value of odd) {
        const read = parseIssued(JSON.stringify(row.with(at, value)))
        // What remains is sound by itself: another number where any number may stand, no stack.
        if (read === undefined) continue
        expect(JSON.parse(issuedText(read))).toEqual(row.with(at, value))
        expect([6, 10, 14]).toContain(at)
      }
    }
  })

  it('never throws, whatever it is', () => {
    fc.assert(fc.property(fc.json(), (text) => void parseIssued(text)))
    fc.assert(fc.property(fc.string(), (text) => void parseIssued(text)))
  })
})
