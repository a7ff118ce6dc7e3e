import { describe, expect, it } from 'vitest'
import { isScalar, parseDocument } from 'yaml'
import { offsetInScalar } from '../../../src/core/scalar-offset.ts'

/** The rest of the line in the source from where the first `X` of the value stands. */
const found = (source: string): string => {
  const node = parseDocument(source).get('k', true)
  if (!isScalar(node) || !node.range) throw new Error('not a scalar')
  const value = String(node.value)
  const at = offsetInScalar(source, node.range, value, value.indexOf('X'))
  return source.slice(at).split('\n')[0] ?? ''
}

describe('a position inside a YAML scalar', () => {
  it.each([
    ['plain', 'k: a b X1', 'X1'],
    ['plain over lines', 'k: a\n   b\n   c X1\nj: 1', 'X1'],
    ['single quotes', "k: 'a X1'", "X1'"],
    ['doubled single quotes', "k: 'it''s ''a'' X1'", "X1'"],
    ['double quotes', 'k: "a X1"', 'X1"'],
    ['escapes', String.raw`k: "a \"b\" \\ \x41 \u00e9 \t\n X1"`, 'X1"'],
    ['escaped line ends', 'k: "a \\\n   b X1"', 'X1"'],
    ['a literal block', 'k: |\n  a\n    b\n  X1 c\n', 'X1 c'],
    ['a folded block', 'k: >-\n  a\n  b\n\n  c X1\n', 'X1'],
    ['a block with its indentation told', 'k: |2-\n    a X1\n', 'X1'],
    ['a block with a remark', 'k: > # why\n  a X1\n', 'X1'],
    ['an anchor', 'k: &a "b X1"', 'X1"'],
    ['a tag', 'k: !!str b X1', 'X1'],
  ])('is found in %s', (_, source, wanted) => {
    expect(found(source)).toBe(wanted)
  })

  it('is the end of the scalar where the offset lies behind its value', () => {
    expect(offsetInScalar('k: abc', [3, 6, 6], 'abc', 99)).toBe(6)
  })
})
