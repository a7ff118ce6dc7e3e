import { createChallenge, solveChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { attemptsOf, createProofOfWork, PUZZLE } from '../../../src/challenges/proof-of-work.ts'
import { signPuzzle } from '../../../src/challenges/puzzle-signature.ts'
import { createSeals } from '../../../src/challenges/seal.ts'
import type { Issued, Puzzle } from '../../../src/core/challenge.ts'
import { anAnswerFrom, anIssued, solvePuzzle } from '../../support/a-challenge.ts'

const rootKey = Buffer.alloc(32, 3)
const OLD = 'the secret of last year, long enough'
const NEW = 'the secret of this year, long enough'
const from = anAnswerFrom()

const aProof = (secrets?: readonly string[]) =>
  createProofOfWork({ seals: createSeals({ rootKey, secrets }), clock: Date })

const puzzleOf = async (proof: ReturnType<typeof aProof>, issued: Issued): Promise<Puzzle> => {
  const puzzle = await proof.puzzle?.(issued)
  if (puzzle === undefined) throw new Error('no puzzle')
  return puzzle
}

describe('a proof of work', () => {
  it('is passed by whoever has solved its puzzle', async () => {
    const proof = aProof()
    const issued = anIssued()
    const puzzle = await puzzleOf(proof, issued)
    const solution = solvePuzzle(puzzle)
    expect(await proof.verify(issued, { puzzle, solution }, from)).toBe('passed')
  })

  it('is passed by what the widget hands out', async () => {
    const proof = aProof()
    const issued = anIssued()
    const puzzle = await puzzleOf(proof, issued)
    const solution = { ...solvePuzzle(puzzle), time: 12.3 }
    const payload = (body: unknown) => btoa(JSON.stringify(body))
    expect(
      await proof.verify(issued, { altcha: payload({ challenge: puzzle, solution }) }, from),
    ).toBe('passed')
    const others: unknown[] = [
      payload({ challenge: puzzle }),
      payload([puzzle, solution]),
      payload(null),
      btoa('{'),
      'no base64!',
      '',
      1,
      ['x'],
      'A'.repeat(5_000),
    ]
    for (const altcha of others) {
      expect(await proof.verify(issued, { altcha }, from)).toBe('malformed')
    }
  })

  it('is taken in one of its two forms, not in both at once', async () => {
    const proof = aProof()
    const issued = anIssued()
    const puzzle = await puzzleOf(proof, issued)
    const solution = solvePuzzle(puzzle)
    const altcha = btoa(JSON.stringify({ challenge: puzzle, solution }))
    expect(await proof.verify(issued, { altcha, puzzle, solution }, from)).toBe('malformed')
  })

  it('is solved by the solver of the library', async () => {
    const proof = aProof()
    const issued = anIssued()
    const puzzle = await puzzleOf(proof, issued)
    // The library's type names the fields that a puzzle of ours has.
    const challenge = puzzle as unknown as Parameters<typeof solveChallenge>[0]['challenge']
    const solution = await solveChallenge({ challenge, deriveKey })
    if (solution === null) throw new Error('not solved')
    expect(await proof.verify(issued, { puzzle, solution: { ...solution } }, from)).toBe('passed')
  })

  it('takes between the attempts of its difficulty and twice as many', async () => {
    const proof = aProof()
    for (const difficulty of [0.001, 0.005, 0.02]) {
      const { least, most } = attemptsOf(difficulty)
      expect(least).toBe(Math.max(1, Math.round(PUZZLE.attempts * difficulty)))
      expect(most).toBeLessThan(2 * least)
      for (let n = 0; n < 5; n++) {
        const issued = anIssued({ difficulty })
        const { counter } = solvePuzzle(await puzzleOf(proof, issued))
        expect(counter).toBeGreaterThanOrEqual(least)
        expect(counter).toBeLessThanOrEqual(most)
      }
    }
  })

  it('spreads its solutions over the whole range', async () => {
    const proof = aProof()
    const found = new Set<number>()
    for (let n = 0; n < 40; n++) {
      found.add(solvePuzzle(await puzzleOf(proof, anIssued({ difficulty: 0.001 }))).counter)
    }
    // Four counters are possible; to miss one of them in forty draws happens once in 25,000.
    expect([...found].toSorted()).toEqual([4, 5, 6, 7])
  })

  it('is not passed by the solution of another difficulty, which its puzzle then has not', async () => {
    const proof = aProof()
    const easy = anIssued({ difficulty: 0.001 })
    const puzzle = await puzzleOf(proof, easy)
    const solution = solvePuzzle(puzzle)
    const hard = { ...easy, difficulty: 1 }
    expect(await proof.verify(hard, { puzzle, solution }, from)).toBe('wrong')
  })

  it('costs no cryptography where its form or its terms are wrong already', async () => {
    const proof = aProof()
    const issued = anIssued()
    const puzzle = await puzzleOf(proof, issued)
    const { derivedKey, counter } = solvePuzzle(puzzle)
    const spy = vi.spyOn(crypto.subtle, 'importKey')
    onTestFinished(() => spy.mockRestore())
    const { least, most } = attemptsOf(issued.difficulty)
    const judged = (solution: unknown, other = issued) =>
      proof.verify(other, { puzzle, solution }, from)
    expect(await judged({ derivedKey, counter: least - 1 })).toBe('wrong')
    expect(await judged({ derivedKey, counter: most + 1 })).toBe('wrong')
    expect(await judged({ derivedKey: 'junk', counter })).toBe('malformed')
    expect(await judged({ derivedKey, counter }, anIssued())).toBe('not_yours')
    expect(spy).not.toHaveBeenCalled()
    await judged({ derivedKey, counter })
    expect(spy).toHaveBeenCalled()
  })

  it('is passed under each of the secrets, and no more when they are gone', async () => {
    const issued = anIssued()
    const puzzle = await puzzleOf(aProof([OLD]), issued)
    const answer = { puzzle, solution: solvePuzzle(puzzle) }
    expect(await aProof([NEW, OLD]).verify(issued, answer, from)).toBe('passed')
    expect(await aProof([NEW]).verify(issued, answer, from)).toBe('wrong')
    const fresh = await puzzleOf(aProof([NEW, OLD]), issued)
    const freshAnswer = { puzzle: fresh, solution: solvePuzzle(fresh) }
    expect(await aProof([NEW]).verify(issued, freshAnswer, from)).toBe('passed')
  })

  it('runs out at the very millisecond that it says', async () => {
    let nowMs = Date.now()
    const seals = createSeals({ rootKey })
    const proof = createProofOfWork({ seals, clock: { now: () => nowMs } })
    const issued = anIssued({ issuedMs: nowMs })
    const puzzle = await puzzleOf(proof, issued)
    const answer = { puzzle, solution: solvePuzzle(puzzle) }
    nowMs = issued.expiresMs - 1
    expect(await proof.verify(issued, answer, from)).toBe('passed')
    nowMs = issued.expiresMs
    expect(await proof.verify(issued, answer, from)).toBe('wrong')
  })
})

describe('our signature of a puzzle', () => {
  it('is the one of the library, byte for byte, which takes it', async () => {
    const secrets = { parameters: 'a'.repeat(64), key: 'b'.repeat(64) }
    for (const counter of [0, 1, 77, 2 ** 32 - 1]) {
      let solvingKey = new Uint8Array()
      const expiresAt = Math.floor(Date.now() / 1_000) + 600
      const signed = await createChallenge({
        algorithm: PUZZLE.algorithm,
        cost: 3,
        counter,
        data: { challenge: 'x'.repeat(22), zero: 0, after: 'é"\\', before: null },
        expiresAt,
        deriveKey: async (...asked) => {
          const derived = await deriveKey(...asked)
          solvingKey = Uint8Array.from(derived.derivedKey)
          return derived
        },
        hmacSignatureSecret: secrets.parameters,
        hmacKeySignatureSecret: secrets.key,
      })
      const { keySignature: _, ...unsigned } = signed.parameters
      const ours = signPuzzle(unsigned, solvingKey, secrets)
      expect(JSON.stringify(ours)).toBe(
        JSON.stringify({ parameters: signed.parameters, signature: signed.signature }),
      )
      const judged = await verifySolution({
        // The same bytes as the library's own, as was just seen.
        challenge: ours as unknown as typeof signed,
        solution: { counter, derivedKey: Buffer.from(solvingKey).toString('hex') },
        deriveKey,
        hmacSignatureSecret: secrets.parameters,
        hmacKeySignatureSecret: secrets.key,
      })
      expect(judged.verified).toBe(true)
    }
  })
})
