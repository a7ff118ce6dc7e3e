import { createHmac, pbkdf2Sync } from 'node:crypto'
import { createChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { describe, expect, it } from 'vitest'
import { PUZZLE } from '../../src/challenges/proof-of-work.ts'
import type { Issued, Puzzle } from '../../src/core/challenge.ts'
import { anAnsweringRig, anIssued, solvePuzzle, type AnsweringRig } from '../support/a-challenge.ts'

type Fields = { readonly [name: string]: unknown }

const secretsOf = ({ seals }: AnsweringRig) => ({
  parameters: seals.secret('altcha'),
  key: seals.secret('altcha key'),
})

const withParameters = (puzzle: Puzzle, over: Fields): Puzzle => ({
  ...puzzle,
  parameters: { ...puzzle.parameters, ...over },
})

/** Signed as ours, with other parameters: what would be there if our own issuing were at fault. */
const signedWith = (rig: AnsweringRig, puzzle: Puzzle, over: Fields): Puzzle => {
  const all = Object.entries({ ...puzzle.parameters, ...over })
    .filter(([, value]) => value !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  const parameters = Object.fromEntries(all)
  const signature = createHmac('sha256', secretsOf(rig).parameters)
    .update(JSON.stringify(parameters))
    .digest('hex')
  return { parameters, signature }
}

const verdictOf = (rig: AnsweringRig, issued: Issued, puzzle: Puzzle, solution: unknown) =>
  rig.proofOfWork.verify(
    issued,
    { puzzle, solution },
    { address: '', network: '', asn: undefined, credential: undefined },
  )

describe('CVE-2025-68113 (GHSA-6gvq-jcmp-8959): splicing and replay of challenges', () => {
  it('a solved puzzle with a later expiry is not taken', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    const later = Number(puzzle.parameters['expiresAt']) + 3_600
    const stretched = withParameters(puzzle, { expiresAt: later })
    expect(await verdictOf(rig, issued, stretched, solution)).toBe('malformed')
    // With a sealed id to match it, which only the seal forbids, the signature does.
    const matching = { ...issued, expiresMs: later * 1_000 }
    expect(await verdictOf(rig, matching, stretched, solution)).toBe('wrong')
  })

  it('digits moved from one parameter into its neighbour are not taken', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    const { nonce, salt, expiresAt, cost } = puzzle.parameters
    const [first, second] = [String(nonce), String(salt)]
    const moved: Fields[] = [
      { nonce: first.slice(0, -2), salt: first.slice(-2) + second },
      { nonce: first + second.slice(0, 2), salt: second.slice(2) },
      { nonce: second, salt: first },
      { salt: `${second}?expires=9999999999` },
      { salt: `${second}&expires=9999999999&` },
      { cost: Number(`${String(cost)}${String(expiresAt)}`), expiresAt: undefined },
      { expiresAt: Number(`${String(expiresAt)}0`) },
      { data: { challenge: issued.id, expiresAt: 9_999_999_999 } },
      { data: { challenge: `${issued.id}&expires=9999999999` } },
    ]
    for (const over of moved) {
      expect(await verdictOf(rig, issued, withParameters(puzzle, over), solution)).not.toBe(
        'passed',
      )
    }
    expect(await verdictOf(rig, issued, puzzle, solution)).toBe('passed')
  })

  it('a solution is not taken again for the challenge, nor for another one', async () => {
    const rig = anAnsweringRig()
    const [issued, another] = [anIssued(), anIssued()]
    const right = await rig.solutionOf(issued)
    expect((await rig.answer(rig.tokenOf(issued), right)).kind).toBe('granted')
    expect((await rig.answer(rig.tokenOf(issued), right)).kind).toBe('spent')
    // The same challenge sealed anew is still the same challenge.
    expect((await rig.answer(rig.tokenOf({ ...issued }), right)).kind).toBe('spent')
    expect((await rig.answer(rig.tokenOf(another), right)).kind).toBe('not_yours')
    expect(rig.granted).toHaveLength(1)
  })

  it('one challenge cannot be put together from two', async () => {
    const rig = anAnsweringRig()
    const [mine, theirs] = [anIssued(), anIssued({ subject: 'a:acct_2' })]
    const [one, other] = [await rig.solutionOf(mine), await rig.solutionOf(theirs)]
    // With what names the challenge taken over, everything else in either way.
    for (const name of Object.keys(one.puzzle.parameters)) {
      const spliced = withParameters(other.puzzle, {
        data: one.puzzle.parameters['data'],
        [name]: one.puzzle.parameters[name],
      })
      for (const signature of [one.puzzle.signature, other.puzzle.signature]) {
        for (const { solution } of [one, other]) {
          const verdict = await verdictOf(rig, mine, { ...spliced, signature }, solution)
          expect(verdict).not.toBe('passed')
        }
      }
    }
    expect(await verdictOf(rig, mine, one.puzzle, other.solution)).toBe('wrong')
    expect(await verdictOf(rig, mine, other.puzzle, other.solution)).toBe('not_yours')
  })
})

describe('altcha-lib before 2.3.2: verification without the work', () => {
  it('a made-up key that begins as it should is wrong, with any counter', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    const prefix = String(puzzle.parameters['keyPrefix'])
    for (const rest of ['0'.repeat(32), 'f'.repeat(32), prefix]) {
      for (const counter of [solution.counter, solution.counter - 1, solution.counter + 1, 0]) {
        const madeUp = { counter, derivedKey: prefix + rest }
        expect(await verdictOf(rig, issued, puzzle, madeUp)).toBe('wrong')
      }
    }
    // As long as the prefix alone, and longer than a key.
    for (const derivedKey of [prefix, solution.derivedKey + prefix]) {
      const madeUp = { counter: solution.counter, derivedKey }
      expect(await verdictOf(rig, issued, puzzle, madeUp)).toBe('malformed')
    }
  })

  it('the key of another counter is wrong, and so is the right key with another counter', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    const { nonce, salt } = puzzle.parameters
    const next = Buffer.concat([Buffer.from(String(nonce), 'hex'), Buffer.alloc(4)])
    next.writeUInt32BE(solution.counter + 1, next.length - 4)
    const derivedKey = pbkdf2Sync(
      next,
      Buffer.from(String(salt), 'hex'),
      PUZZLE.cost,
      PUZZLE.keyLength,
      'sha256',
    ).toString('hex')
    const others = [
      { counter: solution.counter + 1, derivedKey },
      { counter: solution.counter, derivedKey },
      { counter: solution.counter + 1, derivedKey: solution.derivedKey },
      { counter: solution.counter - 1, derivedKey: solution.derivedKey },
    ]
    for (const other of others) expect(await verdictOf(rig, issued, puzzle, other)).toBe('wrong')
  })

  it('a puzzle without a signed key is malformed, so that nobody makes us derive one', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    for (const keySignature of [undefined, '', null, 0, puzzle.signature.slice(1)]) {
      for (const forged of [
        withParameters(puzzle, { keySignature }),
        signedWith(rig, puzzle, { keySignature }),
      ]) {
        expect(await verdictOf(rig, issued, forged, solution)).toBe('malformed')
      }
    }
  })

  it('a puzzle of more rounds, of another algorithm or length is malformed even with a signature of ours', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    for (const over of [
      { cost: 2 ** 31 },
      { cost: 1 },
      { keyLength: 64 },
      { algorithm: 'PBKDF2/SHA-512' },
      { algorithm: 'SCRYPT' },
      { algorithm: 'pbkdf2/sha-256' },
      { memoryCost: 2 ** 30 },
    ]) {
      const signed = signedWith(rig, puzzle, over)
      expect(await verdictOf(rig, issued, signed, solution)).toBe('malformed')
    }
    expect(await verdictOf(rig, issued, signedWith(rig, puzzle, {}), solution)).toBe('passed')
  })

  it('a puzzle that somebody else signed is wrong', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle } = await rig.solutionOf(issued)
    const theirs = await createChallenge({
      algorithm: PUZZLE.algorithm,
      cost: PUZZLE.cost,
      counter: 25,
      data: { challenge: issued.id },
      expiresAt: Number(puzzle.parameters['expiresAt']),
      deriveKey,
      hmacSignatureSecret: 'guessed',
      hmacKeySignatureSecret: 'guessed',
    })
    const forged: Puzzle = {
      parameters: { ...theirs.parameters },
      signature: `${theirs.signature}`,
    }
    expect(await verdictOf(rig, issued, forged, solvePuzzle(forged))).toBe('wrong')
  })
})

describe('altcha-lib: several spellings of one solution', () => {
  it('a key in upper case, a counter that is no whole number of a counter are malformed', async () => {
    const rig = anAnsweringRig()
    const issued = anIssued()
    const { puzzle, solution } = await rig.solutionOf(issued)
    const { counter, derivedKey } = solution
    const spelt: unknown[] = [
      { counter, derivedKey: derivedKey.toUpperCase() },
      { counter, derivedKey: `${derivedKey}\n` },
      { counter, derivedKey: [derivedKey] },
      { counter: String(counter), derivedKey },
      { counter: [counter], derivedKey },
      { counter: counter + 0.5, derivedKey },
      { counter: -counter, derivedKey },
      { counter: counter + 2 ** 32, derivedKey },
      { counter: Number.MAX_SAFE_INTEGER, derivedKey },
      { counter: Number.NaN, derivedKey },
      { counter: null, derivedKey },
      { derivedKey },
      { counter },
      [],
      null,
    ]
    for (const other of spelt) {
      expect(await verdictOf(rig, issued, puzzle, other)).toBe('malformed')
    }
    for (const name of ['nonce', 'salt', 'keyPrefix', 'keySignature']) {
      // A digit alone has no other case: then the text is the same.
      const upper = String(puzzle.parameters[name]).toUpperCase()
      if (upper === puzzle.parameters[name]) continue
      const other = withParameters(puzzle, { [name]: upper })
      expect(await verdictOf(rig, issued, other, solution)).toBe('malformed')
    }
  })
})
