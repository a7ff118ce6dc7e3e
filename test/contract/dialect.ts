import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Dialect } from '../../src/core/seams.ts'
import {
  inPieces,
  pushOwn,
  readIn,
  recordedAnswers,
  recordedBytes,
  routeOf,
} from '../support/recorded-answers.ts'
import { limitContract } from './dialect-limits.ts'
import { refusalContract } from './dialect-refusals.ts'
import { askContract, routeContract } from './dialect-requests.ts'

const usageContract = (dialect: Dialect): void => {
  const answers = recordedAnswers(dialect.name)

  it('has recorded answers', () => {
    expect(answers.length).toBeGreaterThan(5)
  })

  describe.each(answers)('reading $file', (answer) => {
    const bytes = recordedBytes(answer.file)
    const whole = readIn(dialect, answer, [bytes])

    it('reports the usage the upstream reported', () => {
      expect(whole.usage).toEqual(answer.usage ?? undefined)
    })

    it('reports the same for any cut', () => {
      for (const size of [1, 2, 3, 7, 64, 1000]) {
        expect(readIn(dialect, answer, inPieces(bytes, size)), `pieces of ${size}`).toEqual(whole)
      }
      for (let cut = 1; cut < bytes.length; cut++) {
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
        const { usage, estimate } = readIn(dialect, answer, pieces)
        if (estimate !== whole.estimate) expect(estimate, `cut at ${cut}`).toBe(whole.estimate)
        expect(usage, `cut at ${cut}`).toEqual(whole.usage)
      }
    })

    it('may be asked for the total at any time without harm', () => {
      const reader = dialect.usageReader(routeOf(dialect, answer.path), answer.contentType)
      for (const piece of inPieces(bytes, 5)) {
        pushOwn(reader, piece)
        reader.total()
      }
      expect(reader.total()).toEqual(whole.usage)
      expect(reader.estimatedOutputTokens()).toBe(whole.estimate)
    })

    const { textTokens } = answer
    if (textTokens !== undefined) {
      it('estimates the visible output within half', () => {
        expect(whole.estimate).toBeGreaterThanOrEqual(textTokens * 0.5)
        expect(whole.estimate).toBeLessThanOrEqual(textTokens * 1.5)
      })
    }
  })

  it('reports nothing for a body it cannot read, and reads no further than it says', () => {
    const [answer] = answers
    if (answer === undefined) return
    for (const contentType of [undefined, 'text/html', 'application/octet-stream', 'audio/mpeg']) {
      const bytes = recordedBytes(answer.file)
      expect(readIn(dialect, { ...answer, contentType }, [bytes]).usage).toBe(undefined)
    }
  })

  it('survives any bytes', () => {
    const [answer] = answers
    if (answer === undefined) return
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'data:',
            'data: ',
            '{',
            '}',
            '[',
            ']',
            '"usage"',
            '"usageMetadata"',
            ':',
            ',',
            '\n',
            '\r',
            '\r\n',
            '\\',
            '"',
            '\uFEFF',
            'event: x',
            '1',
            'null',
            '"response"',
            '\\u0022',
          ),
          { maxLength: 60 },
        )
        .map((parts) => Buffer.from(parts.join(''))),
    )
    fc.assert(
      fc.property(
        fc.array(hostile, { maxLength: 6 }),
        fc.constantFrom('text/event-stream', 'application/json'),
        (pieces, contentType) => {
          const { usage, estimate } = readIn(dialect, { ...answer, contentType }, pieces)
          expect(estimate).toBeGreaterThanOrEqual(0)
          for (const count of Object.values(usage ?? {})) {
            if (count !== undefined) expect(Number.isSafeInteger(count) && count >= 0).toBe(true)
          }
        },
      ),
    )
  })
}

/** What holds for every dialect; `served` is the path of a generation in it. */
export const dialectContract = (dialect: Dialect, served: string): void => {
  describe('usage', () => usageContract(dialect))
  describe('limits', () => limitContract(dialect))
  describe('refusals', () => refusalContract(dialect))
  describe('routes', () => routeContract(dialect, served))
  describe('asks', () => askContract(dialect, served))
}
