import type { ASTNode } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import type { Complaint } from './complaint.ts'

const MAX_PATTERN = 500

/** RE2 instructions: a repetition of a repetition makes many out of a short pattern. */
const MAX_PROGRAM = 2_000

/** Compiles the pattern of a `matches` call; complains and answers `undefined` where it cannot be used. */
export const convertPattern = (
  node: ASTNode | undefined,
  complain: (complaint: Complaint) => void,
): RE2JS | undefined => {
  const no = (what: string, instead: string): undefined => {
    complain({ start: node?.start ?? 0, what, instead })
  }
  const text = node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined
  if (text === undefined) return no('the pattern is not written out', 'write it in quotes')
  if (text.length > MAX_PATTERN) {
    return no('the pattern is too long', `write at most ${MAX_PATTERN} characters`)
  }
  try {
    const compiled = RE2JS.compile(text)
    if (compiled.programSize() <= MAX_PROGRAM) return compiled
    return no('the pattern repeats too much', 'write smaller repetitions')
  } catch (error) {
    const said = error instanceof Error ? error.message.slice(0, 120) : 'not valid'
    return no(
      `not an RE2 pattern: ${said}`,
      'correct it; RE2 has no back references or look-arounds',
    )
  }
}
