import type { RE2JS } from 're2js'
import type { FactName } from '../core/facts.ts'

/** Type of a number inside a condition. Facts are doubles; whole literals and sizes are ints, as in CEL. */
export type NumberType = 'int' | 'double'

/** Type of a single value inside a condition. */
export type ScalarType = 'bool' | NumberType | 'string'

/** Type of a list inside a condition. */
export type ListType = `list<${ScalarType}>`

/** An entry of a list while a quantifier runs over it. The closures of its body read `value`. */
export type Cell = { value: boolean | number | string }

type Node<Kind, Type, Rest> = {
  readonly kind: Kind
  readonly type: Type
  /** Where the node stands in the text of its condition, in UTF-16 units. */
  readonly start: number
  readonly end: number
} & Readonly<Rest>

type FactNode<Type> = Node<'fact', Type, { fact: FactName }>
type ItemNode<Type> = Node<'item', Type, { cell: Cell }>

/** An expression that is true or false. */
export type BoolExpression =
  | Node<'literal', 'bool', { value: boolean }>
  | FactNode<'bool'>
  | ItemNode<'bool'>
  | Node<'choice', 'bool', { test: BoolExpression; yes: BoolExpression; no: BoolExpression }>
  | Node<'has', 'bool', { fact: FactName }>
  | Node<'not', 'bool', { of: BoolExpression }>
  | Node<'and' | 'or', 'bool', { left: BoolExpression; right: BoolExpression }>
  | Node<'equal' | 'unequal', 'bool', { left: Expression; right: Expression }>
  | Node<'in', 'bool', { left: ScalarExpression; right: ListExpression }>
  | Node<
      'number-order',
      'bool',
      { name: OrderSign; left: NumberExpression; right: NumberExpression }
    >
  | Node<'text-order', 'bool', { name: OrderSign; left: TextExpression; right: TextExpression }>
  | Node<'test', 'bool', { name: StringTest; left: TextExpression; right: TextExpression }>
  | Node<'matches', 'bool', { of: TextExpression; pattern: RE2JS }>
  | Node<
      'quantifier',
      'bool',
      { name: QuantifierName; over: ListExpression; cell: Cell; body: BoolExpression }
    >

/** An expression that is a number. */
export type NumberExpression =
  | Node<'literal', NumberType, { value: number }>
  | FactNode<NumberType>
  | ItemNode<NumberType>
  | Node<
      'choice',
      NumberType,
      { test: BoolExpression; yes: NumberExpression; no: NumberExpression }
    >
  | Node<'negative' | 'convert', NumberType, { of: NumberExpression }>
  | Node<'size', 'int', { of: TextExpression | ListExpression }>
  | Node<
      'arithmetic',
      NumberType,
      { name: ArithmeticSign; left: NumberExpression; right: NumberExpression }
    >
  | Node<
      'pick',
      NumberType,
      { name: 'min' | 'max'; left: NumberExpression; right: NumberExpression }
    >

/** An expression that is a text. */
export type TextExpression =
  | Node<'literal', 'string', { value: string }>
  | FactNode<'string'>
  | ItemNode<'string'>
  | Node<'choice', 'string', { test: BoolExpression; yes: TextExpression; no: TextExpression }>
  | Node<'join', 'string', { left: TextExpression; right: TextExpression }>
  | Node<'letters', 'string', { name: LetterCase; of: TextExpression }>

/** An expression that is a list of single values. */
export type ListExpression =
  | Node<'list', ListType, { items: readonly ScalarExpression[] }>
  | FactNode<ListType>
  | Node<'choice', ListType, { test: BoolExpression; yes: ListExpression; no: ListExpression }>

/** An expression that is a single value. */
export type ScalarExpression = BoolExpression | NumberExpression | TextExpression

/**
 * A checked condition: the part of CEL that conditions may use, with every name resolved and every node
 * typed. Only `read-expression` makes one, so nothing else depends on the parser's own tree.
 */
export type Expression = ScalarExpression | ListExpression

/** Signs that order numbers or texts. */
export type OrderSign = '<' | '<=' | '>' | '>='

/** Signs that calculate; `%` is for whole numbers only, as in CEL. */
export type ArithmeticSign = '+' | '-' | '*' | '/' | '%'

/** Methods that compare two texts. */
export type StringTest = 'startsWith' | 'endsWith' | 'contains'

/** Methods that change the case of A to Z and nothing else. */
export type LetterCase = 'lowerAscii' | 'upperAscii'

/** Macros over a list. */
export type QuantifierName = 'exists' | 'all' | 'exists_one'

/** The direct parts of an expression, in the order they are written. */
export const partsOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'literal':
    case 'fact':
    case 'item':
    case 'has':
      return []
    case 'list':
      return expression.items
    case 'not':
    case 'negative':
    case 'matches':
    case 'letters':
    case 'size':
    case 'convert':
      return [expression.of]
    case 'choice':
      return [expression.test, expression.yes, expression.no]
    case 'quantifier':
      return [expression.over, expression.body]
    case 'and':
    case 'or':
    case 'equal':
    case 'unequal':
    case 'number-order':
    case 'text-order':
    case 'in':
    case 'arithmetic':
    case 'join':
    case 'test':
    case 'pick':
  }
  return [expression.left, expression.right]
}

/** Every node of an expression, outermost first. */
export const nodesOf = (expression: Expression): Expression[] => [
  expression,
  ...partsOf(expression).flatMap(nodesOf),
]
