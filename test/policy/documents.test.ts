import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Facts } from '../../src/core/facts.ts'
import { formatProblem } from '../../src/core/problem.ts'
import { runCases } from '../../src/policy/cases.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { decide } from '../../src/policy/decide.ts'
import { explain } from '../../src/policy/explain.ts'
import { renderExplanation } from '../../src/policy/render-explanation.ts'

const GOOD = join(import.meta.dirname, 'good')
const BAD = join(import.meta.dirname, 'bad')

const policiesOf = (folder: string): string[] =>
  readdirSync(folder).filter((name) => !name.endsWith('.cases.yaml'))

describe('good policy documents', () => {
  it.each(policiesOf(GOOD))(
    '%s compiles, decides, explains itself and passes its cases',
    (name) => {
      const source = readFileSync(join(GOOD, name), 'utf8')
      const compiled = compilePolicy([{ file: name, source }], { prices: true })
      expect(compiled.ok ? [] : compiled.problems.map(formatProblem)).toEqual([])
      if (!compiled.ok) return
      const { policy } = compiled
      expect(decide(policy, new Facts()).revision).toBe(policy.revision)
      expect(renderExplanation(explain(policy, new Facts()))).toContain(policy.revision)
      const cases = name.replace(/\.yaml$/, '.cases.yaml')
      if (!existsSync(join(GOOD, cases))) return
      const { passed, failed, problems } = runCases(
        policy,
        cases,
        readFileSync(join(GOOD, cases), 'utf8'),
      )
      expect({ failed, problems: problems.map(formatProblem) }).toEqual({
        failed: [],
        problems: [],
      })
      expect(passed).toBeGreaterThan(0)
    },
  )
})

describe('bad policy documents', () => {
  const names = policiesOf(BAD)

  it('are many', () => {
    expect(names.length).toBeGreaterThanOrEqual(100)
  })

  it.each(names)('%s is refused for exactly the reasons it states, each at its place', (name) => {
    const source = readFileSync(join(BAD, name), 'utf8')
    const wants = [...source.matchAll(/^# wants: (.*)$/gm)].map((match) => match[1])
    expect(wants.length).toBeGreaterThan(0)
    const compiled = compilePolicy([{ file: name, source }])
    const got = compiled.ok
      ? []
      : compiled.problems.map(
          ({ line, col, what, instead }) => `${line}:${col} ${what}; ${instead}`,
        )
    expect(got).toEqual(wants)
  })
})
