import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { RE2JS } from 're2js'
import { FACT_NAMES, Unknown, type Facts } from '../../src/core/facts.ts'
import { FACT_GROUPS, typeOfFact } from '../../src/policy/vocabulary.ts'

/** What the library itself answers; the text `broken` for an error of any kind. */
export type OracleAnswer = boolean | number | string | readonly unknown[]

const patterns = new Map<string, RE2JS>()

const re2 = (text: string, pattern: string): boolean => {
  const known = patterns.get(pattern) ?? RE2JS.compile(pattern)
  patterns.set(pattern, known)
  return known.test(text)
}

const asciiCase = (text: string, from: RegExp, upper: boolean): string =>
  text.replace(from, (letter) => (upper ? letter.toUpperCase() : letter.toLowerCase()))

type Group = { [field: string]: unknown }

const createGroups = (environment: Environment): { readonly [group: string]: new () => Group } => {
  const classes: { [group: string]: new () => Group } = {}
  for (const group of FACT_GROUPS) {
    const made = {
      [group]: class implements Group {
        // The library finds the type of a value by its class; fields are set from outside.
        [field: string]: unknown
      },
    }[group]
    if (made === undefined) continue
    classes[group] = made
    const fields: { [field: string]: string } = {}
    for (const name of FACT_NAMES) {
      if (name.startsWith(`${group}.`)) fields[name.slice(group.length + 1)] = typeOfFact(name)
    }
    environment.registerType(`facts_${group}`, { ctor: made, fields })
    environment.registerVariable(group, `facts_${group}`)
  }
  return classes
}

const plain = (value: unknown): OracleAnswer =>
  typeof value === 'bigint' ? Number(value) : (value as OracleAnswer)

/** The functions that the product replaces by its own are given other names before the library runs them. */
const OWN: { readonly [name: string]: string } = {
  matches: 'own_matches',
  lowerAscii: 'own_lower',
  upperAscii: 'own_upper',
}

const renameOwn = (node: ASTNode): void => {
  const args: unknown = node.args
  if (node.op === 'rcall') {
    const own = OWN[node.args[0]]
    if (own !== undefined) node.args[0] = own
  }
  const walk = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(walk)
    else if (typeof part === 'object' && part !== null && 'op' in part) renameOwn(part as ASTNode)
  }
  walk(args)
}

/**
 * The CEL library evaluating conditions by itself: the reference for the product's own closures. It has
 * the same facts as typed classes, where an unknown fact is a missing field, and real handlers for the
 * overloads that the product only declares.
 */
export const createOracle = () => {
  const environment = new Environment()
  const classes = createGroups(environment)
  for (const [left, right] of [
    ['double', 'int'],
    ['int', 'double'],
  ] as const) {
    const on = (sign: string, type: string, does: (a: number, b: number) => number): void => {
      environment.registerOperator(
        `${left} ${sign} ${right}: ${type}`,
        (a: number | bigint, b: number | bigint) => does(Number(a), Number(b)),
      )
    }
    on('+', 'double', (a, b) => a + b)
    on('-', 'double', (a, b) => a - b)
    on('*', 'double', (a, b) => a * b)
    on('/', 'double', (a, b) => a / b)
    environment.registerOperator(
      `${left} in list<${right}>: bool`,
      (value: number | bigint, list: readonly (number | bigint)[]) =>
        list.some((entry) => Number(entry) === Number(value)),
    )
  }
  environment.registerOperator('double == int: bool', (a: number, b: bigint) => a === Number(b))
  for (const name of ['min', 'max'] as const) {
    for (const [a, b, type] of [
      ['int', 'int', 'int'],
      ['double', 'double', 'double'],
      ['int', 'double', 'double'],
      ['double', 'int', 'double'],
    ] as const) {
      environment.registerFunction(
        `${name}(${a}, ${b}): ${type}`,
        (x: number | bigint, y: number | bigint) => {
          const picked = Math[name](Number(x), Number(y))
          return type === 'int' ? BigInt(picked) : picked
        },
      )
    }
  }
  environment.registerFunction('string.own_matches(string): bool', re2)
  environment.registerFunction('string.own_lower(): string', (text: string) =>
    asciiCase(text, /[A-Z]/g, false),
  )
  environment.registerFunction('string.own_upper(): string', (text: string) =>
    asciiCase(text, /[a-z]/g, true),
  )

  return {
    /** The facts as the library takes them. */
    context(facts: Facts): { [group: string]: Group } {
      const context: { [group: string]: Group } = {}
      for (const [group, made] of Object.entries(classes)) context[group] = new made()
      for (const name of FACT_NAMES) {
        const value = facts.get(name)
        const [group = '', field = ''] = name.split('.')
        const holder = context[group]
        if (holder !== undefined && !(value instanceof Unknown)) holder[field] = value
      }
      return context
    },
    /** A function that evaluates one expression. Throws where the library does not accept it. */
    compile(text: string): (context: { [group: string]: Group }) => OracleAnswer {
      const parsed = environment.parse(text)
      renameOwn(parsed.ast)
      const checked = parsed.check()
      if (!checked.valid) throw checked.error ?? new Error('not valid')
      return (context) => {
        try {
          return plain(parsed(context))
        } catch {
          return 'broken'
        }
      }
    },
  }
}
