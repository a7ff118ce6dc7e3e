import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Facts } from '../../src/core/facts.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { decide } from '../../src/policy/decide.ts'
import { explain } from '../../src/policy/explain.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const COUNT = Number(process.env['MUTATIONS'] ?? 1_000)
console.log(`mutated policies: SEED=${SEED} MUTATIONS=${COUNT}`)

/** A small generator of random numbers (mulberry32), so that the seed alone repeats a run. */
const createRandom = (seed: number): ((below: number) => number) => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const BITS = [
  '&&',
  '||',
  '!',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  ':',
  ',',
  '-',
  '\n',
  '\t',
  ' ',
  '#',
  '&a',
  '*a',
  '|',
  '>',
  '<<',
  '---',
  '...',
  '%',
  '@',
  '`',
  '\\',
  '\0',
  '\u2028',
  '😀',
  '\ud800',
  'null',
  'true',
  '~',
  '1e999',
  '-0',
  '0x1F',
  '.nan',
  'has(',
  'exists(r, ',
  'matches("(a+)+")',
  'account.',
  'risk.reasons',
  '__proto__',
  'constructor',
  '? :',
  '!!js/function',
  '9'.repeat(40),
] as const

const folders = ['good', 'bad'].map((name) => join(import.meta.dirname, name))

describe('mutated policies', () => {
  it('are either compiled whole or refused with positions, and never crash', () => {
    const groups = folders.map((folder) =>
      readdirSync(folder)
        // In the same order on every disk, or the seed says nothing.
        .toSorted()
        .filter((name) => !name.endsWith('.cases.yaml'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    )
    const random = createRandom(SEED)
    let compiled = 0
    for (let round = 0; round < COUNT; round++) {
      // There are many more bad ones, and of a good one few edits leave anything.
      const sources = groups[random(2)] ?? []
      let source = sources[random(sources.length)] ?? ''
      for (let edits = random(4); edits > 0; edits--) {
        const at = random(source.length + 1)
        const cut = random(3) === 0 ? random(12) : 0
        const put = random(4) === 0 ? '' : (BITS[random(BITS.length)] ?? '')
        source = source.slice(0, at) + put + source.slice(at + cut)
      }
      const result = compilePolicy([{ file: 'mutated.yaml', source }])
      if (result.ok) {
        compiled++
        expect(decide(result.policy, new Facts()).revision).toBe(result.policy.revision)
        JSON.stringify(explain(result.policy, new Facts()))
        continue
      }
      expect(result.problems.length, source).toBeGreaterThan(0)
      const lines = source.split('\n').length
      for (const { line, col } of result.problems) {
        expect(line, source).toBeGreaterThanOrEqual(1)
        expect(line, source).toBeLessThanOrEqual(lines)
        expect(col, source).toBeGreaterThanOrEqual(1)
      }
    }
    // A harness that never lets a policy through would prove nothing.
    console.log(`mutated policies: ${compiled} of ${COUNT} compiled`)
    expect(compiled).toBeGreaterThan(0)
    expect(compiled).toBeLessThan(COUNT)
  })
})
