import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { issuedText } from '../../src/challenges/issued-text.ts'
import type { Answer, Issued } from '../../src/core/challenge.ts'
import { anAnswerFrom, anAnsweringRig, anIssued } from '../support/a-challenge.ts'

/** Paths of all values in a tree of plain objects, such as `puzzle.parameters.cost`. */
const pathsOf = (value: unknown, at: readonly string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? [
        ...(at.length > 0 ? [[...at]] : []),
        ...Object.entries(value).flatMap(([name, member]) => pathsOf(member, [...at, name])),
      ]
    : [[...at]]

/** The same tree with another value in one place; `undefined` leaves it out. */
const changed = (tree: unknown, [name, ...rest]: readonly string[], to: unknown): unknown => {
  if (name === undefined) return to
  // Paths are those of the tree itself.
  const fields = tree as { readonly [name: string]: unknown }
  return { ...fields, [name]: changed(fields[name], rest, to) }
}

const valueAt = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    // As above.
    (value, name) => (value as { readonly [name: string]: unknown })[name],
    tree,
  )

/** Values that are close to the right one, and some that are not. */
const near = (right: unknown): fc.Arbitrary<unknown> => {
  const odd = fc.oneof(
    fc.constantFrom(null, undefined, true, 0, -1, 1.5, '', '0', 'x'.repeat(5_000), '🦔', [], {}),
    fc.jsonValue(),
  )
  if (typeof right === 'number') {
    return fc.oneof(
      odd,
      fc.integer(),
      fc.integer({ min: -5_000, max: 5_000 }).map((more) => right + more),
      fc.constantFrom(
        String(right),
        [right],
        right + 0.5,
        -right,
        right + 2 ** 32,
        right * 1e300 * 1e300,
        Number.NaN,
        `${right}n`,
        `0x${right.toString(16)}`,
      ),
    )
  }
  if (typeof right === 'string') {
    const place = fc.nat({ max: Math.max(0, right.length - 1) })
    return fc.oneof(
      odd,
      place.map((at) => right.slice(0, at) + right.slice(at + 1)),
      fc
        .tuple(place, fc.constantFrom('0', 'f', 'A', '-', 'é', '\u0000'))
        .map(([at, other]) => right.slice(0, at) + other + right.slice(at + 1)),
      fc.constantFrom(
        right.toUpperCase(),
        `${right}\n`,
        ` ${right}`,
        `${right}00`,
        [right],
        // What a loose comparison would take for the text itself.
        { toString: right, length: right.length },
      ),
    )
  }
  return odd
}

describe('a challenge with anything changed', () => {
  it('is granted by no puzzle or solution that differs from the right one in any field', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const right: Answer = await rig.solutionOf(issued)
    const token = rig.tokenOf(issued)
    const paths = pathsOf(right)
    expect(paths.map((path) => path.join('.'))).toEqual(
      expect.arrayContaining(['puzzle.parameters.data.challenge', 'solution.counter']),
    )
    for (const path of paths) {
      const was = valueAt(right, path)
      let asked = 0
      await fc.assert(
        fc.asyncProperty(near(was), async (to) => {
          fc.pre(!Object.is(to, was))
          // From elsewhere each time, so that it is judged and not turned away.
          const from = anAnswerFrom({ network: `${path.join('.')} ${asked++}` })
          const answer = changed(right, path, to)
          // An object, since only the inside of one was changed.
          const verdict = await rig.proofOfWork.verify(issued, answer as Answer, from)
          expect(verdict).not.toBe('passed')
          const outcome = await rig.answer(token, answer as Answer, from)
          expect(outcome.kind).not.toBe('granted')
        }),
        { numRuns: 60 },
      )
    }
    expect(rig.granted).toEqual([])
    // The one that all of them were made from is right: the test could fail.
    expect(await rig.proofOfWork.verify(issued, right, anAnswerFrom())).toBe('passed')
  })

  it('is granted for no parameter more, whatever its name', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const right = await rig.solutionOf(issued)
    for (const more of ['memoryCost', 'parallelism', 'codeChallenge', '__proto__', 'constructor']) {
      const parameters: unknown = JSON.parse(
        JSON.stringify(right.puzzle.parameters).replace('{', `{"${more}":1,`),
      )
      const answer = { ...right, puzzle: { ...right.puzzle, parameters } }
      expect((await rig.answer(rig.tokenOf(issued), answer)).kind).toBe('malformed')
    }
  })

  it('is granted in no field of its sealed id but those it was issued with', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued({ bound: { network: 'network-hash', asn: 64_500, credential: 'c' } })
    const right = await rig.solutionOf(issued)
    // Whoever cannot seal can only turn bits: each character of the token, one after another.
    const token = rig.tokenOf(issued)
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      const outcome = await rig.answer(token.slice(0, at) + other + token.slice(at + 1), right)
      expect(outcome).toEqual({ kind: 'malformed' })
    }
    expect(rig.granted).toEqual([])
  })

  it('is not granted by the puzzle of a challenge that differs in what a puzzle says', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const right = await rig.solutionOf(issued)
    const others: Partial<Issued>[] = [
      { id: 'another-challenge-0000' },
      { expiresMs: issued.expiresMs + 1_000 },
      { expiresMs: issued.expiresMs - 1_000 },
      { difficulty: 1 },
    ]
    for (const other of others) {
      const token = rig.seals.of('challenge').seal(issuedText({ ...issued, ...other }))
      expect((await rig.answer(token, right)).kind).not.toBe('granted')
    }
    expect((await rig.answer(rig.tokenOf(issued), right)).kind).toBe('granted')
  })

  it('answers any tree at all as an answer without throwing', async () => {
    const rig = anAnsweringRig()
    const token = rig.tokenOf(anIssued())
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (answer) => {
        expect((await rig.answer(token, answer)).kind).toBe('malformed')
      }),
    )
    let deep: unknown = 'x'
    for (let n = 0; n < 2_000; n++) deep = { parameters: deep, data: deep }
    for (const answer of [{ puzzle: deep, solution: deep }, { altcha: deep }]) {
      expect((await rig.answer(token, answer)).kind).toBe('malformed')
    }
  })
})
