import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../src')

/**
 * A function literal on the right of an assignment to a property: V8 allocates it in the old generation
 * (`CheckAssigningFunctionLiteralToProperty` in its parser). Made once a call, it keeps that call and all
 * it holds alive until the next full collection: 4 MB instead of 0.5 MB survived every scavenge.
 */
const PRETENURED =
  /(?<!\b(?:const|let|readonly)\s+\w+:\s*[\w.]*)[\w\])]\??\.#?\w+\s*(?:\?\?|\|\||&&)?=\s*(?:async\s+)?(?:function\b|(?:\([^()]*\)|\w+)\s*(?::[^=\n]+)?=>)/g

const found = (text: string): string[] => [...text.matchAll(PRETENURED)].map(([match]) => match)

describe('closures made by the path of a call', () => {
  it('are told from other assignments', () => {
    for (const bad of [
      'this.#fail = (code) => stop(code)',
      'this.fail = async (code: Code): Promise<void> => stop(code)',
      'socket.left = () => undefined',
      'parts.left ??= chunk => chunk',
      'parts.left = function (chunk) {',
    ]) {
      expect(found(bad), bad).toHaveLength(1)
    }
    for (const good of [
      'const fail = (code: Code): void => stop(code)',
      'const fail: Stop.Fail = (code) => stop(code)',
      'this.#fail = fail',
      'this.#fail = undefined',
      'if (parts.left === (() => 1)) stop()',
      'const parts = { left: () => undefined }',
    ]) {
      expect(found(good), good).toEqual([])
    }
  })

  it('die young: none is assigned to a property as a literal', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => ({ file, matches: found(readFileSync(join(SRC, file), 'utf8')) }))
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter(({ matches }) => matches.length > 0)).toEqual([])
  })
})
