import { describe, expect, it } from 'vitest'
import { languageOf } from '../../../../src/http/challenges/language.ts'
import { formOf, readWeighted } from '../../../../src/http/challenges/negotiate.ts'
import { LANGUAGES } from '../../../../src/http/challenges/strings.ts'

describe('the form of an answer', () => {
  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['application/json', 'json'],
    ['application/json, text/html;q=0.5', 'json'],
    ['text/html;q=0.5, application/json;q=0.9', 'json'],
    ['TEXT/HTML', 'html'],
    ['*/*', 'text'],
    ['', 'text'],
    ['text/plain', 'text'],
    ['text/html;q=0', 'text'],
    ['text/html;q=7', 'text'],
    ['image/png, application/json;q=0.1', 'json'],
  ])('for Accept: %s is %s', (accept, form) => expect(formOf(accept)).toBe(form))
})

describe('the language of a page', () => {
  it.each([
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['fr-FR,de;q=0.3', 'de'],
    ['fr', 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['constructor, __proto__', 'en'],
  ])('for Accept-Language: %s is %s', (accept, language) =>
    expect(languageOf(accept)).toBe(language),
  )

  it('has the same texts and the same places for values in every language', () => {
    const shape = (value: unknown): unknown =>
      typeof value === 'string'
        ? [...value.matchAll(/\{\w+\}/g)].map(([place]) => place)
        : Object.fromEntries(
            Object.entries(value as object).map(([name, inner]) => [name, shape(inner)]),
          )
    for (const strings of Object.values(LANGUAGES)) {
      expect(shape(strings)).toEqual(shape(LANGUAGES.en))
    }
  })
})

describe('a weighted list', () => {
  it('is read within bounds, however long it is', () => {
    expect(readWeighted('a,'.repeat(100_000)).length).toBeLessThanOrEqual(32)
  })
})
