import type { ASTNode } from '@marcbachmann/cel-js'
import type { Complaint } from './complaint.ts'
import { convertFact, convertItem, convertLiteral, type Item } from './convert-leaf.ts'
import { convertPattern } from './convert-pattern.ts'
import type {
  BoolExpression,
  Cell,
  Expression,
  ListExpression,
  ListType,
  NumberExpression,
  NumberType,
  ScalarExpression,
  ScalarType,
  TextExpression,
} from './expression.ts'
import { dottedName, isQuantifier } from './survey.ts'
import { isFact } from './vocabulary.ts'

type Context = {
  readonly item: Item | undefined
  readonly complain: (complaint: Complaint) => void
}

const ENTRY_TYPE: { readonly [T in ListType]: ScalarType } = {
  'list<bool>': 'bool',
  'list<int>': 'int',
  'list<double>': 'double',
  'list<string>': 'string',
}

const isNumber = (expression: Expression): expression is NumberExpression =>
  expression.type === 'int' || expression.type === 'double'

const isScalar = (expression: Expression): expression is ScalarExpression =>
  expression.type === 'bool' || expression.type === 'string' || isNumber(expression)

/** Stands in for what was complained about; nothing ever runs it. */
const nothing = ({ start, end }: ASTNode): BoolExpression => {
  return { kind: 'literal', type: 'bool', start, end, value: false }
}

const refuse = (context: Context, node: ASTNode, what: string, instead: string): BoolExpression => {
  context.complain({ start: node.start, what, instead })
  return nothing(node)
}

// Each of the next four asks for one type. The checker has already seen to it, so the refusals in them
// only ever meet what a checker of a later version might let through.

const bool = (node: ASTNode, context: Context): BoolExpression => {
  const found = convert(node, context)
  if (found.type === 'bool') return found
  return refuse(context, node, 'not true or false', 'write a comparison')
}

const number = (node: ASTNode, context: Context): NumberExpression => {
  const found = convert(node, context)
  if (isNumber(found)) return found
  refuse(context, node, 'not a number', 'write a number or a fact that is one')
  return { kind: 'literal', type: 'int', start: node.start, end: node.end, value: 0 }
}

const text = (node: ASTNode, context: Context): TextExpression => {
  const found = convert(node, context)
  if (found.type === 'string') return found
  refuse(context, node, 'not a text', 'write a text in quotes or a fact that is one')
  return { kind: 'literal', type: 'string', start: node.start, end: node.end, value: '' }
}

const list = (node: ASTNode, context: Context): ListExpression => {
  const found = convert(node, context)
  if (!isScalar(found)) return found
  refuse(context, node, 'not a list', 'write a list in square brackets or a fact that is one')
  return { kind: 'list', type: 'list<bool>', start: node.start, end: node.end, items: [] }
}

const scalar = (node: ASTNode, context: Context): ScalarExpression => {
  const found = convert(node, context)
  if (isScalar(found)) return found
  return refuse(context, node, 'a list where a single value belongs', 'write one flat list')
}

const both = (left: NumberExpression, right: NumberExpression): NumberType =>
  left.type === 'int' && right.type === 'int' ? 'int' : 'double'

const convertChoice = (node: ASTNode & { op: '?:' }, context: Context): Expression => {
  const [test, first, second] = node.args
  const span = { kind: 'choice', start: node.start, end: node.end } as const
  const yes = convert(first, context)
  const choice = { ...span, test: bool(test, context) }
  if (yes.type === 'bool') return { ...choice, type: 'bool', yes, no: bool(second, context) }
  if (yes.type === 'string') return { ...choice, type: 'string', yes, no: text(second, context) }
  if (isNumber(yes)) {
    const no = number(second, context)
    return { ...choice, type: both(yes, no), yes, no }
  }
  return { ...choice, type: yes.type, yes, no: list(second, context) }
}

const convertQuantifier = (node: ASTNode & { op: 'rcall' }, context: Context): BoolExpression => {
  const [name, receiver, [variable, condition]] = node.args
  if (variable?.op !== 'id' || condition === undefined || !isQuantifier(name)) {
    return refuse(context, node, `${name} takes an entry and a condition`, 'write both')
  }
  const over = list(receiver, context)
  const cell: Cell = { value: false }
  const item = { name: variable.args, type: ENTRY_TYPE[over.type], cell }
  const body = bool(condition, { ...context, item })
  const { start, end } = node
  return { kind: 'quantifier', type: 'bool', start, end, name, over, cell, body }
}

const convertCall = (
  node: ASTNode,
  name: string,
  [first, second]: readonly ASTNode[],
  context: Context,
): Expression => {
  const { start, end } = node
  const fact = first === undefined ? undefined : dottedName(first)
  if (name === 'has' && fact !== undefined && isFact(fact)) {
    return { kind: 'has', type: 'bool', start, end, fact }
  }
  if (first !== undefined) {
    switch (name) {
      case 'size': {
        const of = convert(first, context)
        if (of.type === 'string' || !isScalar(of)) {
          return { kind: 'size', type: 'int', start, end, of }
        }
        break
      }
      case 'lowerAscii':
      case 'upperAscii':
        return { kind: 'letters', type: 'string', start, end, name, of: text(first, context) }
      case 'int':
      case 'double':
        return { kind: 'convert', type: name, start, end, of: number(first, context) }
      case 'matches': {
        const pattern = convertPattern(second, context.complain)
        if (pattern === undefined) return nothing(node)
        return { kind: 'matches', type: 'bool', start, end, of: text(first, context), pattern }
      }
    }
    if (second !== undefined) {
      switch (name) {
        case 'startsWith':
        case 'endsWith':
        case 'contains': {
          const pair = { left: text(first, context), right: text(second, context) }
          return { kind: 'test', type: 'bool', start, end, name, ...pair }
        }
        case 'min':
        case 'max': {
          const left = number(first, context)
          const right = number(second, context)
          return { kind: 'pick', type: both(left, right), start, end, name, left, right }
        }
      }
    }
  }
  return refuse(context, node, `${name} cannot be used like this`, 'see the list of functions')
}

const convertOrder = (
  node: ASTNode & { op: '<' | '<=' | '>' | '>=' },
  context: Context,
): BoolExpression => {
  const { start, end, op: name } = node
  const [first, second] = node.args
  const left = convert(first, context)
  if (left.type === 'string') {
    const right = text(second, context)
    return { kind: 'text-order', type: 'bool', start, end, name, left, right }
  }
  if (left.type === 'bool') {
    return refuse(context, node, 'true and false have no order', 'write the condition itself')
  }
  const pair = { left: number(first, context), right: number(second, context) }
  return { kind: 'number-order', type: 'bool', start, end, name, ...pair }
}

const convertArithmetic = (
  node: ASTNode & { op: '+' | '-' | '*' | '/' | '%' },
  context: Context,
): Expression => {
  const { start, end, op: name } = node
  const [first, second] = node.args
  if (name === '+') {
    const left = convert(first, context)
    if (left.type === 'string') {
      return { kind: 'join', type: 'string', start, end, left, right: text(second, context) }
    }
  }
  const left = number(first, context)
  const right = number(second, context)
  return { kind: 'arithmetic', type: both(left, right), start, end, name, left, right }
}

/**
 * Turns a tree that `survey` had no complaints about and that the library's type checker accepted into an
 * {@link Expression}. The few things the checker allows and conditions do not are complained about; the
 * result is then of no use.
 */
export const convert = (node: ASTNode, context: Context): Expression => {
  const { start, end } = node
  switch (node.op) {
    case 'value':
      return convertLiteral(node)
    case 'id':
      if (context.item?.name === node.args) return convertItem(context.item, { start, end })
      return refuse(context, node, 'unknown name', 'write a fact')
    case '.':
      return convertFact(node) ?? refuse(context, node, 'unknown fact', 'write one')
    case 'call':
      return convertCall(node, node.args[0], node.args[1], context)
    case 'rcall': {
      const [name, receiver, args] = node.args
      if (isQuantifier(name)) return convertQuantifier(node, context)
      return convertCall(node, name, [receiver, ...args], context)
    }
    case 'list': {
      const items = node.args.map((part) => scalar(part, context))
      const [head] = items
      if (head !== undefined) return { kind: 'list', type: `list<${head.type}>`, start, end, items }
      return refuse(context, node, 'the list is empty', 'write at least one entry')
    }
    case '!_':
      return { kind: 'not', type: 'bool', start, end, of: bool(node.args, context) }
    case '-_': {
      const of = number(node.args, context)
      // Whole numbers have no negative zero; adding 0 takes its sign away.
      if (of.kind === 'literal')
        return { ...of, start, end, value: of.type === 'int' ? -of.value + 0 : -of.value }
      return { kind: 'negative', type: of.type, start, end, of }
    }
    case '?:':
      return convertChoice(node, context)
    case '&&':
    case '||': {
      const pair = { left: bool(node.args[0], context), right: bool(node.args[1], context) }
      return { kind: node.op === '&&' ? 'and' : 'or', type: 'bool', start, end, ...pair }
    }
    case '==':
    case '!=': {
      const pair = { left: convert(node.args[0], context), right: convert(node.args[1], context) }
      return { kind: node.op === '==' ? 'equal' : 'unequal', type: 'bool', start, end, ...pair }
    }
    case 'in': {
      const pair = { left: scalar(node.args[0], context), right: list(node.args[1], context) }
      return { kind: 'in', type: 'bool', start, end, ...pair }
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return convertOrder(node, context)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return convertArithmetic(node, context)
    case '[]':
    case '[?]':
    case '.?':
    case 'map':
  }
  return refuse(context, node, 'not used in conditions', 'write a fact or a list')
}
