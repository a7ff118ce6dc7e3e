import { formatProblem } from '../../src/core/problem.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Policy } from '../../src/policy/policy.ts'

/** The policy of one document, given without its version. Throws what is wrong with it. */
export const aPolicy = (text: string): Policy => {
  const compiled = compilePolicy([{ file: 'test.yaml', source: `version: 1\n${text}` }])
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return compiled.policy
}
