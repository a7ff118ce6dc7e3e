import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mostAttempts, PUZZLE } from '../../../../src/challenges/proof-of-work.ts'
import {
  solvePuzzle,
  type Puzzle,
} from '../../../../src/http/challenges/client/stillwatch-client.js'
import { DIFFICULTY } from '../../../../src/policy/challenge-schema.ts'
import { isSolved, puzzleOf } from '../../../support/challenging-server.ts'

const CLIENT = new URL('../../../../src/http/challenges/client/', import.meta.url)

describe('a puzzle', () => {
  it.each([0, 1, 2, 255, 256, 300])('is solved at the counter %i', async (counter) => {
    const puzzle = await puzzleOf('one', { counter })
    const solution = await solvePuzzle(puzzle)
    expect(solution?.counter).toBe(counter)
    expect(await isSolved(puzzle, solution)).toBe(true)
  })

  it.each(['0', '00', 'a', 'AB', '000'])('is solved for the prefix %s', async (keyPrefix) => {
    const puzzle = await puzzleOf('one', { keyPrefix, counter: undefined })
    const solution = await solvePuzzle(puzzle)
    expect(solution?.derivedKey.startsWith(keyPrefix.toLowerCase())).toBe(true)
    expect(await isSolved(puzzle, solution)).toBe(true)
  })

  it('is given up where it takes more rounds than allowed', async () => {
    const puzzle = await puzzleOf('one', { counter: 40 })
    expect(await solvePuzzle(puzzle, { maxWork: 20 * 40 })).toBeUndefined()
    expect(await solvePuzzle(puzzle, { maxWork: 20 * 42 })).toBeDefined()
  })

  it('of the most work that a policy can ask for is not given up by default', () => {
    const most = mostAttempts(DIFFICULTY.most) * PUZZLE.cost
    expect(most).toBeLessThan(2 ** 27)
    const sourceOf = (name: string) => readFileSync(new URL(name, CLIENT), 'utf8')
    expect(sourceOf('stillwatch-client.js')).toContain('const MAX_WORK = 2 ** 27\n')
    expect(sourceOf('stillwatch_client.py')).toContain('max_work=2**27)')
  })

  it('is left with the reason of its signal', async () => {
    const puzzle = await puzzleOf('one', { keyPrefix: '0'.repeat(20) })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(solvePuzzle(puzzle, { signal })).rejects.toThrow('enough')
  })

  it('lets the program go on meanwhile', async () => {
    const puzzle = await puzzleOf('one', { keyPrefix: '0'.repeat(32) })
    const controller = new AbortController()
    let turns = 0
    const turn = setInterval(() => {
      turns += 1
      if (turns === 5) controller.abort(new Error('turned'))
    }, 1)
    const { signal } = controller
    // Without end: only a timer that fires meanwhile can end it.
    const solving = solvePuzzle(puzzle, { signal, maxWork: Number.MAX_SAFE_INTEGER })
    await expect(solving).rejects.toThrow('turned')
    clearInterval(turn)
  })

  it.each<[string, object]>([
    ['a cost of a billion', { cost: 1e9 }],
    ['no cost', { cost: 0 }],
    ['half a round', { cost: 1.5 }],
    ['a cost of text', { cost: '20' }],
    ['an empty prefix', { keyPrefix: '' }],
    ['a prefix that is no hex', { keyPrefix: 'zz' }],
    ['a prefix longer than the key', { keyPrefix: '00'.repeat(33) }],
    ['a prefix that is a list', { keyPrefix: ['00'] }],
    ['a long key', { keyLength: 1e9 }],
    ['no key', { keyLength: 0 }],
    ['an odd nonce', { nonce: 'abc' }],
    ['an endless nonce', { nonce: 'ab'.repeat(1e6) }],
    ['no nonce', { nonce: undefined }],
    ['a salt that is no hex', { salt: 'xy' }],
    ['another algorithm', { algorithm: 'ARGON2ID' }],
    ['no algorithm', { algorithm: null }],
  ])('is refused before any work: %s', async (_, over) => {
    const { parameters, signature } = await puzzleOf('one', { counter: 0 })
    const puzzle = { signature, parameters: { ...parameters, ...over } }
    expect(await solvePuzzle(puzzle)).toBeUndefined()
  })

  it.each([undefined, null, 'x', 1, [], {}, { parameters: null }])('%o is none', async (puzzle) => {
    // What the types forbid is what a server may send.
    expect(await solvePuzzle(puzzle as unknown as Puzzle)).toBeUndefined()
  })
})
