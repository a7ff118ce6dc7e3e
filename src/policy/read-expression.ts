import { ParseError, TypeError as CheckError } from '@marcbachmann/cel-js'
import type { Complaint } from './complaint.ts'
import { convert } from './convert.ts'
import type { Expression } from './expression.ts'
import { survey } from './survey.ts'
import { createEnvironment } from './vocabulary.ts'

const environment = createEnvironment()

const WORD_SIGNS: { readonly [word: string]: string } = {
  and: '&&',
  or: '||',
  not: '!',
  AND: '&&',
  OR: '||',
  NOT: '!',
  is: '==',
  eq: '==',
  '=': '==',
  '&': '&&',
  '|': '||',
}

/** What a writer who comes from another language meant at this place or just before it, if it is plain. */
const hintAt = (text: string, start: number): Complaint | undefined => {
  const from = text.slice(0, start).search(/[A-Za-z_]*$/)
  const here = /^(?:[A-Za-z_]+|[=&|])/.exec(text.slice(from))?.[0] ?? ''
  const before = /([A-Za-z_]+)\s+$/.exec(text.slice(0, start))
  const words = [
    { word: here, at: from },
    { word: before?.[1] ?? '', at: before?.index ?? 0 },
  ]
  for (const { word, at } of words) {
    const sign = Object.hasOwn(WORD_SIGNS, word) ? WORD_SIGNS[word] : undefined
    if (sign !== undefined) {
      return { start: at, what: `unknown sign ${JSON.stringify(word)}`, instead: `write ${sign}` }
    }
  }
  return undefined
}

/** Shorter words of our own for what the type checker says, by its error code. */
const insteadOf = (code: string): string => {
  switch (code) {
    case 'no_such_overload':
      return 'compare and calculate with values of the same type; text stands in quotes'
    case 'heterogeneous_list_element':
      return 'write all numbers of a list alike, such as 1.0, 2.5'
    case 'incompatible_ternary_branches':
      return 'give both branches the same type; numbers alike, such as 1.0'
    case 'no_matching_overload':
      return 'see what the function takes in the list of functions'
    case 'invalid_logical_operand':
    case 'invalid_condition_type':
      return 'write a comparison, such as account.age_days < 7.0'
    case 'invalid_comprehension_range':
      return 'use it on a list, such as risk.reasons'
    case 'limit_exceeded':
      return 'split it into several rules'
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return 'close the quote'
    default:
      return 'correct the expression'
  }
}

const complaintOf = (text: string, error: unknown): Complaint => {
  if (!(error instanceof ParseError || error instanceof CheckError)) {
    // The parser's own recursion is not capped everywhere: thousands of signs in a row end here.
    return { start: 0, what: 'the expression is nested too deeply', instead: 'split it into rules' }
  }
  const start = Math.min(error.range?.start ?? 0, text.length)
  if (error instanceof ParseError && start >= text.trimEnd().length) {
    return { start, what: 'the expression ends too early', instead: 'write the rest of it' }
  }
  const hint = error instanceof ParseError ? hintAt(text, start) : undefined
  const said = error.summary
    .replaceAll('facts_', '')
    .replace('no such overload:', 'these types do not go together:')
    .replace(/\.$/, '')
    .slice(0, 200)
  return hint ?? { start, what: said, instead: insteadOf(error.code) }
}

/**
 * Reads the text of a condition or a scale: parses it, looks for what conditions may not contain, checks
 * its types against the facts. All complaints at once where the parser got through.
 */
export const readExpression = (
  text: string,
): { ok: true; expression: Expression } | { ok: false; complaints: readonly Complaint[] } => {
  const complaints: Complaint[] = []
  const complain = (complaint: Complaint): void => {
    complaints.push(complaint)
  }
  try {
    const parsed = environment.parse(text)
    survey(parsed.ast, [], complain)
    if (complaints.length > 0) return { ok: false, complaints }
    const checked = parsed.check()
    if (!checked.valid) return { ok: false, complaints: [complaintOf(text, checked.error)] }
    const expression = convert(parsed.ast, { item: undefined, complain })
    return complaints.length > 0 ? { ok: false, complaints } : { ok: true, expression }
  } catch (error) {
    return { ok: false, complaints: [complaintOf(text, error)] }
  }
}
