import * as fc from 'fast-check'
import { FACT_NAMES, Facts, type FactName } from '../../src/core/facts.ts'
import { typeOfFact, valuesOfFact } from '../../src/policy/vocabulary.ts'

const factsOf = (type: string): FactName[] => FACT_NAMES.filter((name) => typeOfFact(name) === type)

// Few facts, so that one expression meets the same one several times, guarded and not.
const BOOLS = factsOf('bool').slice(0, 4)
const DOUBLES = factsOf('double').slice(0, 4)
const TEXTS = factsOf('string')
  .filter((name) => valuesOfFact(name) === undefined)
  .slice(0, 4)
const LISTS: FactName[] = ['risk.reasons', 'campaign.axes']

const WORDS = ['', 'a', 'b', 'ab', 'A', 'é', '😀x', 'a-b_c', 'Kä']

const quoted = (text: string): string => JSON.stringify(text)

const text = fc.constantFrom(...WORDS)

/** Values for the facts that {@link celConditions} use; absent ones are unknown. */
export const celFacts: fc.Arbitrary<Facts> = fc
  .tuple(
    fc.array(fc.option(fc.boolean()), { minLength: BOOLS.length, maxLength: BOOLS.length }),
    fc.array(fc.option(fc.constantFrom(0, 1, -1, 2, 0.5, 7, -0.5, 1e6)), {
      minLength: DOUBLES.length,
      maxLength: DOUBLES.length,
    }),
    fc.array(fc.option(text), { minLength: TEXTS.length, maxLength: TEXTS.length }),
    fc.array(fc.option(fc.array(text, { maxLength: 3 })), {
      minLength: LISTS.length,
      maxLength: LISTS.length,
    }),
  )
  .map((columns) => {
    const facts = new Facts()
    const names = [BOOLS, DOUBLES, TEXTS, LISTS]
    columns.forEach((column, kind) =>
      column.forEach((value, at) => {
        const name = names[kind]?.[at]
        if (name === undefined || value === null) return
        facts.add({ [name]: value })
      }),
    )
    return facts
  })

const ITEM_CONDITIONS = [
  'r == "a"',
  'r.startsWith("a")',
  'size(r) > 1',
  `r == ${TEXTS[0]}`,
  `r < "b" || ${BOOLS[0]}`,
  `${DOUBLES[0]} > 1 && r != ""`,
] as const

type Trees = {
  readonly bool: string
  readonly double: string
  readonly int: string
  readonly text: string
  readonly list: string
}

const order = fc.constantFrom('<', '<=', '>', '>=')
const equal = fc.constantFrom('==', '!=')
const quantifier = fc.constantFrom('exists', 'all', 'exists_one')

const joined = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((found) => found.join(''))

/** Conditions of the whole language of policies, well typed, as text. `item` may stand for an entry of a list. */
const trees = fc.letrec<Trees>((tie) => {
  const number = fc.oneof(tie('double'), tie('int'))
  return {
    bool: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'cel' },
      fc.constantFrom('true', 'false', ...BOOLS, ...BOOLS),
      fc.constantFrom(...[...BOOLS, ...DOUBLES, ...TEXTS].map((name) => `has(${name})`)),
      joined('(', tie('bool'), ' && ', tie('bool'), ')'),
      joined('(', tie('bool'), ' || ', tie('bool'), ')'),
      joined('(', tie('bool'), ' && ', tie('bool'), ' && ', tie('bool'), ')'),
      joined('(', tie('bool'), ' || ', tie('bool'), ' || ', tie('bool'), ' || ', tie('bool'), ')'),
      joined('!(', tie('bool'), ')'),
      joined('(', tie('bool'), ' ? ', tie('bool'), ' : ', tie('bool'), ')'),
      joined('(', number, ' ', order, ' ', number, ')'),
      joined('(', number, ' ', equal, ' ', number, ')'),
      joined('(', tie('text'), ' ', order, ' ', tie('text'), ')'),
      joined('(', tie('text'), ' ', equal, ' ', tie('text'), ')'),
      joined('(', tie('bool'), ' ', equal, ' ', tie('bool'), ')'),
      joined('(', tie('list'), ' ', equal, ' ', tie('list'), ')'),
      joined('(', tie('text'), ' in ', tie('list'), ')'),
      joined('(', tie('double'), ' in [', tie('double'), ', ', tie('double'), '])'),
      joined('(', tie('double'), ' in [1, 2, 7])'),
      joined('(', tie('int'), ' in [1.0, 2.5])'),
      joined(
        tie('text'),
        fc.constantFrom('.startsWith(', '.endsWith(', '.contains('),
        tie('text'),
        ')',
      ),
      joined(tie('text'), '.matches(', fc.constantFrom('"^a"', '"[ab]+$"', '"(?i)A"', '""'), ')'),
      joined('risk.reasons.', quantifier, '(r, ', fc.constantFrom(...ITEM_CONDITIONS), ')'),
      joined(
        '[1, 2, 7].',
        quantifier,
        '(r, r ',
        order,
        ' ',
        fc.constantFrom('1.5', ...DOUBLES),
        ')',
      ),
    ),
    double: fc.oneof(
      { maxDepth: 5, depthIdentifier: 'cel' },
      fc.constantFrom('0.0', '1.5', '-2.0', '7.0', ...DOUBLES, ...DOUBLES),
      joined('(', tie('double'), ' ', fc.constantFrom('+', '-', '*', '/'), ' ', number, ')'),
      joined('(', tie('int'), ' ', fc.constantFrom('+', '-', '*', '/'), ' ', tie('double'), ')'),
      joined(fc.constantFrom('min(', 'max('), tie('double'), ', ', number, ')'),
      joined('-(', tie('double'), ')'),
      joined('(', tie('bool'), ' ? ', tie('double'), ' : ', tie('double'), ')'),
      joined('double(', tie('int'), ')'),
    ),
    int: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'cel' },
      fc.constantFrom('0', '1', '-3', '7'),
      joined('size(', tie('text'), ')'),
      joined(tie('list'), '.size()'),
      joined('(', tie('int'), ' ', fc.constantFrom('+', '-', '*', '/', '%'), ' ', tie('int'), ')'),
      joined(fc.constantFrom('min(', 'max('), tie('int'), ', ', tie('int'), ')'),
      joined('int(', fc.constantFrom(...DOUBLES), ')'),
      joined('-(', tie('int'), ')'),
    ),
    text: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'cel' },
      fc.constantFrom(...WORDS.map(quoted), ...TEXTS, ...TEXTS),
      joined('(', tie('text'), ' + ', tie('text'), ')'),
      joined(tie('text'), fc.constantFrom('.lowerAscii()', '.upperAscii()')),
      joined('(', tie('bool'), ' ? ', tie('text'), ' : ', tie('text'), ')'),
    ),
    list: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'cel' },
      fc.constantFrom(...LISTS, '["a", "b"]'),
      joined('[', tie('text'), ', ', tie('text'), ']'),
      joined('(', tie('bool'), ' ? ', tie('list'), ' : ', tie('list'), ')'),
    ),
  }
})

/** Random well-typed conditions over a few facts, as text. */
export const celConditions: fc.Arbitrary<string> = trees.bool

/** Random well-typed scales, as text. */
export const celNumbers: fc.Arbitrary<string> = fc.oneof(trees.double, trees.int)
