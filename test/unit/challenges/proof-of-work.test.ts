import { createChallenge, solveChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createProofOfWork, mostAttempts, PUZZLE } from '../../../src/challenges/proof-of-work.ts'
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

  it('takes at most twice the attempts of its difficulty', async () => {
    const proof = aProof()
    for (const difficulty of [0.0001, 0.001, 0.01]) {
      const most = mostAttempts(difficulty)
      expect(most).toBe(Math.max(1, Math.round(2 * PUZZLE.attempts * difficulty)))
      for (let n = 0; n < 5; n++) {
        const { counter } = solvePuzzle(await puzzleOf(proof, anIssued({ difficulty })))
        expect(counter).toBeLessThan(most)
      }
    }
  })

  it('is as likely to be solved by the first counters as by any others, so that nobody can skip', async () => {
    const proof = aProof()
    const found = new Map<number, number>()
    // Ids that are the same in every run, so that what is drawn is too.
    for (let n = 0; n < 1_200; n++) {
      const issued = anIssued({ id: String(n).padStart(22, 'x'), difficulty: 0.001 })
      const { counter } = solvePuzzle(await puzzleOf(proof, issued))
      found.set(counter, (found.get(counter) ?? 0) + 1)
    }
    const counters = Array.from({ length: 12 }, (_, counter) => counter)
    expect([...found.keys()].toSorted((one, other) => one - other)).toEqual(counters)
    // Chi squared of 11 degrees of freedom is above 31.3 once in a thousand.
    const chi = counters.reduce((sum, at) => sum + ((found.get(at) ?? 0) - 100) ** 2 / 100, 0)
    expect(chi).toBeLessThan(31.3)
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
    const most = mostAttempts(issued.difficulty)
    const judged = (solution: unknown, other = issued) =>
      proof.verify(other, { puzzle, solution }, from)
    expect(await judged({ derivedKey, counter: most })).toBe('wrong')
    expect(await judged({ derivedKey, counter: -1 })).toBe('malformed')
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
