import { Environment } from '@marcbachmann/cel-js'
import { FACT_NAMES, FACTS, type FactName } from '../core/facts.ts'
import type { ListType, ScalarType } from './expression.ts'

/** One function of conditions, as the console and the errors show it. */
type FunctionRow = {
  /** Whether it is called on a value (`text.size()`), on its own (`size(text)`), or either way. */
  readonly call: 'method' | 'function' | 'either'
  readonly example: string
  readonly says: string
}

/** Every function a condition may call. Whatever else the parser knows is refused when compiling. */
export const FUNCTIONS = {
  has: {
    call: 'function',
    example: 'has(account.age_days)',
    says: 'whether a fact is known',
  },
  size: {
    call: 'either',
    example: 'size(risk.reasons) > 2',
    says: 'number of entries of a list, or of characters of a text',
  },
  startsWith: {
    call: 'method',
    example: 'request.model.startsWith("frontier-")',
    says: 'whether a text begins with another',
  },
  endsWith: {
    call: 'method',
    example: 'account.email_domain.endsWith(".edu")',
    says: 'whether a text ends with another',
  },
  contains: {
    call: 'method',
    example: 'caller.user_agent.contains("curl")',
    says: 'whether a text has another in it',
  },
  matches: {
    call: 'method',
    example: 'caller.user_agent.matches("^python-(requests|httpx)/")',
    says: 'whether an RE2 pattern, written out in quotes, is found in a text',
  },
  lowerAscii: {
    call: 'method',
    example: 'caller.user_agent.lowerAscii()',
    says: 'the text with A to Z in lower case',
  },
  upperAscii: {
    call: 'method',
    example: 'ip.as_name.upperAscii()',
    says: 'the text with a to z in upper case',
  },
  exists: {
    call: 'method',
    example: 'risk.reasons.exists(r, r.startsWith("ip-"))',
    says: 'whether a condition holds for at least one entry of a list',
  },
  all: {
    call: 'method',
    example: 'campaign.axes.all(a, a != "client")',
    says: 'whether a condition holds for every entry of a list',
  },
  exists_one: {
    call: 'method',
    example: 'risk.reasons.exists_one(r, r.contains("ip"))',
    says: 'whether a condition holds for exactly one entry of a list',
  },
  min: { call: 'function', example: 'min(trust.factor, 2.0)', says: 'the smaller of two numbers' },
  max: {
    call: 'function',
    example: 'max(0.1, 1.0 - upstream.pressure)',
    says: 'the larger of two numbers',
  },
  double: {
    call: 'function',
    example: 'double(size(risk.reasons)) / 2.0',
    says: 'a whole number as one with a fraction',
  },
  int: {
    call: 'function',
    example: 'int(account.age_days) % 7 == 0',
    says: 'a number cut to a whole one',
  },
} as const satisfies Record<string, FunctionRow>

/** Name of a function of conditions. */
export type FunctionName = keyof typeof FUNCTIONS

/** Whether a name can be called in this way. */
export const isFunction = (name: string, call: 'method' | 'function'): name is FunctionName => {
  if (!Object.hasOwn(FUNCTIONS, name)) return false
  // The line above proves that the name is a key of the table.
  const row = FUNCTIONS[name as FunctionName]
  return row.call === call || row.call === 'either'
}

/** Names of all functions, for suggestions. */
export const FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS)

/** The groups facts are named by: `account`, `ip` and so on. */
export const FACT_GROUPS: readonly string[] = [
  ...new Set(FACT_NAMES.map((name) => name.slice(0, name.indexOf('.')))),
]

/** Whether a text is the name of a fact. */
export const isFact = (name: string): name is FactName => Object.hasOwn(FACTS, name)

const TYPE_OF_ROW = {
  string: 'string',
  number: 'double',
  boolean: 'bool',
  list: 'list<string>',
} as const satisfies Record<(typeof FACTS)[FactName]['type'], ScalarType | ListType>

/** The types facts have inside conditions. */
export type FactType = (typeof TYPE_OF_ROW)[keyof typeof TYPE_OF_ROW]

/** Type of a fact inside conditions. */
export const typeOfFact = (name: FactName): FactType => TYPE_OF_ROW[FACTS[name].type]

/** Closed set of values of a fact, `undefined` where any value is possible. */
export const valuesOfFact = (name: FactName): readonly string[] | undefined => {
  const row = FACTS[name]
  return 'values' in row ? row.values : undefined
}

// Conditions run as closures of our own; the environment only parses and checks types.
const onlyChecked = (): never => {
  throw new Error('the type checker never evaluates')
}

/**
 * A fresh parser and type checker for conditions: one variable a group of facts, numbers as doubles, and
 * the mixed overloads of int literals with doubles that CEL itself does not have.
 */
export const createEnvironment = (): Environment => {
  const environment = new Environment({
    limits: { maxAstNodes: 1_500, maxDepth: 40, maxListElements: 1_000, maxCallArguments: 4 },
  })
  for (const group of FACT_GROUPS) {
    const schema: { [field: string]: string } = {}
    for (const name of FACT_NAMES) {
      if (name.startsWith(`${group}.`)) schema[name.slice(group.length + 1)] = typeOfFact(name)
    }
    environment.registerType({ name: `facts_${group}`, schema })
    environment.registerVariable(group, `facts_${group}`)
  }
  for (const [left, right] of [
    ['double', 'int'],
    ['int', 'double'],
  ] as const) {
    for (const sign of ['+', '-', '*', '/']) {
      environment.registerOperator(`${left} ${sign} ${right}: double`, onlyChecked)
    }
    environment.registerOperator(`${left} in list<${right}>: bool`, onlyChecked)
    environment.registerFunction(`min(${left}, ${right}): double`, onlyChecked)
    environment.registerFunction(`max(${left}, ${right}): double`, onlyChecked)
  }
  // The library already compares int with double in that order.
  environment.registerOperator('double == int: bool', onlyChecked)
  for (const type of ['int', 'double']) {
    environment.registerFunction(`min(${type}, ${type}): ${type}`, onlyChecked)
    environment.registerFunction(`max(${type}, ${type}): ${type}`, onlyChecked)
  }
  return environment
}
