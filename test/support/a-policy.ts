import { formatProblem } from '../../src/core/problem.ts'
import type { Capabilities } from '../../src/policy/compile-entry.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Policy } from '../../src/policy/policy.ts'

/** The policy of one document, given without its version. Throws what is wrong with it. */
export const aPolicy = (text: string, capabilities?: Partial<Capabilities>): Policy => {
  const document = { file: 'test.yaml', source: `version: 1\n${text}` }
  const compiled = compilePolicy([document], capabilities)
  if (!compiled.ok) throw new Error(compiled.problems.map(formatProblem).join('\n'))
  return compiled.policy
}
