import { describe, expect, it } from 'vitest'
import { CLOSURES } from '../../src/policy/closures.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Expression } from '../../src/policy/expression.ts'
import { readExpression } from '../../src/policy/read-expression.ts'
import { sharedRows } from '../support/shared-data.ts'

type CelRow = {
  readonly section: string
  readonly name: string
  readonly expr: string
  readonly value?: { readonly [type: string]: unknown }
  readonly eval_error?: unknown
  readonly bindings?: readonly unknown[]
  readonly type_env?: readonly unknown[]
}

type YamlRow = {
  readonly id: string
  readonly n: number
  readonly fail: boolean
  readonly yaml: string
}

/** Cases of the project's own, in the form of the public corpus. */
const OWN_CEL: readonly CelRow[] = [
  { section: 'own', name: 'not', expr: '!true', value: { bool_value: false } },
  { section: 'own', name: 'division', expr: '7 / 2', value: { int64_value: 3 } },
  { section: 'own', name: 'by zero', expr: '1 / 0', eval_error: {} },
  { section: 'own', name: 'absorbed', expr: 'true || 1 / 0 > 2', value: { bool_value: true } },
  { section: 'own', name: 'half', expr: '1.0 / 2.0', value: { double_value: 0.5 } },
  { section: 'own', name: 'joined', expr: '"a" + "b"', value: { string_value: 'ab' } },
  { section: 'own', name: 'broken', expr: '((((' },
  { section: 'own', name: 'unknown', expr: 'x.y.z()' },
]

const OWN_YAML: readonly YamlRow[] = [
  { id: 'own', n: 0, fail: true, yaml: 'a: [1, 2\nb: 3' },
  { id: 'own', n: 1, fail: true, yaml: '\ta: 1' },
  { id: 'own', n: 2, fail: false, yaml: '? [a, b]\n: {c: &x d, e: *x}\n' },
  { id: 'own', n: 3, fail: false, yaml: '--- !!set {rules, version}\n' },
  { id: 'own', n: 4, fail: false, yaml: '__proto__: {version: 1}\nconstructor: 1\n' },
  { id: 'own', n: 5, fail: false, yaml: 'version: 1\nrules: [{id: a, then: deny, when: {{}}}]\n' },
]

const valueOf = (expression: Expression): unknown => {
  switch (expression.type) {
    case 'bool':
      return CLOSURES.bool(expression)([])
    case 'string':
      return CLOSURES.text(expression)([])
    case 'int':
    case 'double':
      return CLOSURES.number(expression)([])
    case 'list<bool>':
    case 'list<int>':
    case 'list<double>':
    case 'list<string>':
  }
  return undefined
}

/** The expected value as a JavaScript one, `undefined` where conditions have no such type. */
const wanted = ({ value }: CelRow): unknown => {
  const [type, given] = Object.entries(value ?? {})[0] ?? []
  if (type === 'bool_value' || type === 'string_value') return given
  if (type !== 'int64_value' && type !== 'double_value') return undefined
  if (typeof given === 'number') return given
  const text = String(Object.values(given as object)[0])
  return Number(text.replace('inf', 'Infinity'))
}

describe('the public CEL conformance cases', () => {
  const rows = [...OWN_CEL, ...sharedRows<CelRow>('parsers/cel_simple_tests.jsonl.gz')]

  it('never crash the reader, and every refusal says where', () => {
    for (const { expr } of rows) {
      const read = readExpression(expr)
      if (read.ok) continue
      expect(read.complaints.length, expr).toBeGreaterThan(0)
      for (const { start, what, instead } of read.complaints) {
        expect(start, expr).toBeGreaterThanOrEqual(0)
        expect(start, expr).toBeLessThanOrEqual(expr.length)
        expect(`${what}; ${instead}`, expr).toMatch(/.+; .+/)
      }
    }
  })

  it('give the value of the specification wherever conditions have such expressions', () => {
    let compared = 0
    for (const row of rows) {
      if (row.bindings !== undefined && row.bindings.length > 0) continue
      const read = readExpression(row.expr)
      if (!read.ok) continue
      const found = valueOf(read.expression)
      const label = `${row.section}/${row.name}: ${row.expr}`
      const expected = wanted(row)
      if (row.eval_error !== undefined) {
        expect(typeof found === 'object', label).toBe(true)
        compared++
      } else if (expected !== undefined && found !== undefined) {
        if (typeof found === 'object' && !Number.isSafeInteger(expected)) continue
        expect(found, label).toEqual(expected)
        compared++
      }
    }
    console.log(`CEL cases compared by value: ${compared} of ${rows.length}`)
    expect(compared).toBeGreaterThanOrEqual(rows.length > OWN_CEL.length ? 200 : 6)
  })
})

describe('the public YAML cases', () => {
  const rows = [...OWN_YAML, ...sharedRows<YamlRow>('parsers/yaml_test_suite.jsonl.gz')]

  it('are refused as policies with a position inside the file, and never crash', () => {
    for (const { id, n, yaml } of rows) {
      const file = `${id}-${n}.yaml`
      const compiled = compilePolicy([{ file, source: yaml }])
      const lines = yaml.split(/\r\n|\r|\n/).length
      expect(compiled.ok, file).toBe(false)
      if (compiled.ok) continue
      expect(compiled.problems.length, file).toBeGreaterThan(0)
      for (const problem of compiled.problems) {
        expect(problem.file).toBe(file)
        expect(problem.line, file).toBeGreaterThanOrEqual(1)
        expect(problem.line, file).toBeLessThanOrEqual(lines)
        expect(problem.col, file).toBeGreaterThanOrEqual(1)
      }
    }
  })
})
