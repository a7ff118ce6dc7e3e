import type { ASTNode } from '@marcbachmann/cel-js'
import { FACT_NAMES } from '../core/facts.ts'
import type { Complaint } from './complaint.ts'
import type { QuantifierName } from './expression.ts'
import { nearest } from './nearest.ts'
import { FACT_GROUPS, FUNCTION_NAMES, isFact, isFunction } from './vocabulary.ts'

/** Names of macro variables that are in scope at a node. */
type Scope = readonly string[]

/** Whether a name is that of a macro over a list. */
export const isQuantifier = (name: string): name is QuantifierName =>
  name === 'exists' || name === 'all' || name === 'exists_one'

const ownName = (word: string): string => {
  const fact = FACT_NAMES.find((name) => name.endsWith(`.${word}`)) ?? nearest(word, FACT_NAMES)
  return fact === undefined ? 'write the name of a fact, such as account.age_days' : `write ${fact}`
}

const surveyCall = (
  name: string,
  call: 'method' | 'function',
  start: number,
  complain: (complaint: Complaint) => void,
): boolean => {
  if (isFunction(name, call)) return true
  const other = isFunction(name, call === 'method' ? 'function' : 'method')
  const near = nearest(name, FUNCTION_NAMES)
  complain({
    start,
    what: `unknown ${call} ${JSON.stringify(name.slice(0, 64))}`,
    instead: other
      ? `write ${call === 'method' ? `${name}(value)` : `value.${name}(…)`}`
      : near === undefined
        ? `use one of ${FUNCTION_NAMES.join(', ')}`
        : `write ${near}`,
  })
  return false
}

const surveyLiteral = (
  node: ASTNode & { op: 'value' },
  complain: (complaint: Complaint) => void,
): void => {
  const value = node.args
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return
  if (typeof value === 'bigint') {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return
    complain({
      start: node.start,
      what: 'the number is too large',
      instead: 'write at most 2^53 - 1',
    })
    return
  }
  complain(
    value === null
      ? {
          start: node.start,
          what: 'there is no null',
          instead: 'ask whether a fact is known: has(…)',
        }
      : {
          start: node.start,
          what: 'byte strings and unsigned numbers are not used in conditions',
          instead: 'write a text or a plain number',
        },
  )
}

/** The fact a field access names, as `group.field`; `undefined` where it is not of that form. */
export const dottedName = (node: ASTNode): string | undefined => {
  if (node.op !== '.') return undefined
  const [left, field] = node.args
  return left.op === 'id' ? `${left.args}.${field}` : undefined
}

const surveyAccess = (
  node: ASTNode & { op: '.' },
  scope: Scope,
  complain: (complaint: Complaint) => void,
): void => {
  const name = dottedName(node)
  const [left, field] = node.args
  if (name === undefined || (left.op === 'id' && scope.includes(left.args))) {
    complain({
      start: node.pos,
      what: `${JSON.stringify(field.slice(0, 64))} is not a field of anything`,
      instead: 'facts have two parts, such as account.age_days',
    })
    if (left.op !== 'id') survey(left, scope, complain)
    return
  }
  if (isFact(name)) return
  const group = name.slice(0, name.indexOf('.'))
  const siblings = FACT_NAMES.filter((fact) => fact.startsWith(`${group}.`))
  const near =
    siblings.find((fact) => fact.startsWith(name)) ??
    (siblings.length === 0
      ? nearest(name, FACT_NAMES)
      : siblings.find((fact) => fact === `${group}.${nearest(field, siblings.map(lastPart))}`))
  const offered = near ?? (siblings.length === 0 ? 'the name of a fact' : siblings.join(', '))
  complain({
    start: siblings.length > 0 ? node.pos : node.start,
    what: `unknown fact ${JSON.stringify(name.slice(0, 64))}`,
    instead: `write ${near === undefined && siblings.length > 0 ? 'one of ' : ''}${offered}`,
  })
}

const lastPart = (fact: string): string => fact.slice(fact.indexOf('.') + 1)

const surveyQuantifier = (
  node: ASTNode & { op: 'rcall' },
  scope: Scope,
  complain: (complaint: Complaint) => void,
): void => {
  const [name, over, [variable, body, ...more]] = node.args
  survey(over, scope, complain)
  if (variable === undefined || body === undefined || more.length > 0 || variable.op !== 'id') {
    complain({
      start: node.start,
      what: `${name} takes the name of an entry and a condition`,
      instead: `write list.${name}(entry, condition)`,
    })
    return
  }
  if (scope.length > 0) {
    complain({
      start: node.start,
      what: `${name} inside another list condition would cost too much`,
      instead: 'write two rules, or a weight for the inner part',
    })
    return
  }
  if (FACT_GROUPS.includes(variable.args)) {
    complain({
      start: variable.start,
      what: `${variable.args} already names a group of facts`,
      instead: 'give the entry another name',
    })
    return
  }
  survey(body, [...scope, variable.args], complain)
}

/**
 * Looks through a parsed condition, before its types are checked, for everything conditions may not
 * contain: names that are no facts, functions outside the vocabulary, values of other types, nested
 * macros, patterns that are not written out. Complains about all of it at once.
 */
export const survey = (
  node: ASTNode,
  scope: Scope,
  complain: (complaint: Complaint) => void,
): void => {
  const each = (nodes: readonly ASTNode[]): void => {
    for (const part of nodes) survey(part, scope, complain)
  }
  switch (node.op) {
    case 'value':
      return surveyLiteral(node, complain)
    case 'id': {
      const name = node.args
      if (scope.includes(name)) return
      complain(
        FACT_GROUPS.includes(name)
          ? {
              start: node.start,
              what: `${name} is a group of facts`,
              instead: `write one of ${FACT_NAMES.filter((fact) => fact.startsWith(`${name}.`)).join(', ')}`,
            }
          : {
              start: node.start,
              what: `unknown name ${JSON.stringify(name.slice(0, 64))}`,
              instead: ownName(name),
            },
      )
      return
    }
    case '.':
      return surveyAccess(node, scope, complain)
    case '.?':
    case '[]':
    case '[?]':
      complain({
        start: node.start,
        what: 'entries are not read by position or name',
        instead: 'write a fact as group.name, and ask lists with in or exists',
      })
      return
    case 'call': {
      const [name, args] = node.args
      if (!surveyCall(name, 'function', node.start, complain)) return
      if (name === 'has') {
        const [argument] = args
        if (argument?.op === '.') return surveyAccess(argument, scope, complain)
        complain({
          start: argument?.start ?? node.start,
          what: 'has() asks about a fact',
          instead: 'write has(account.age_days)',
        })
        return
      }
      return each(args)
    }
    case 'rcall': {
      const [name, receiver, args] = node.args
      if (!surveyCall(name, 'method', node.start, complain)) return each([receiver])
      if (isQuantifier(name)) return surveyQuantifier(node, scope, complain)
      if (name === 'matches' && !(args[0]?.op === 'value' && typeof args[0].args === 'string')) {
        complain({
          start: args[0]?.start ?? node.start,
          what: 'a pattern must be written out, so that it can be compiled once',
          instead: 'write it in quotes',
        })
      }
      return each([receiver, ...args])
    }
    case 'map':
      complain({
        start: node.start,
        what: 'maps are not used in conditions',
        instead: 'write a list in square brackets',
      })
      return
    case 'list':
      if (node.args.length === 0) {
        complain({
          start: node.start,
          what: 'the list is empty',
          instead: 'write at least one entry',
        })
      }
      return each(node.args)
    case '!_':
    case '-_':
      return survey(node.args, scope, complain)
    case '?:':
    case '||':
    case '&&':
    case '==':
    case '!=':
    case 'in':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return each(node.args)
  }
}
