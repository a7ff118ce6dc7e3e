import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Fault } from '../../src/core/fault.ts'
import type { Dialect } from '../../src/core/seams.ts'
import { routeOf } from '../support/recorded-answers.ts'

/** What holds for the routes of every dialect. */
export const routeContract = (dialect: Dialect, served: string): void => {
  it('answers for any method and path without throwing, and serves no path that is not plain', () => {
    const piece = fc.constantFrom(
      ...served.split(/(?=\/)/),
      '/v1',
      '/models',
      '/files',
      '/..',
      '/.',
      '//',
      '/%2e',
      '/a b',
      '/a%2Fb',
      '\\',
      '/\u0000',
      '/é',
      ';x=1',
      '?a',
      '#',
      '/x',
      ':generateContent',
      ':',
      '/{id}',
    )
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'DELETE', 'post', 'TRACE', ''),
        fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
        (method, path) => {
          const route = dialect.route(method, path)
          if (typeof route !== 'object') return
          expect(path).toMatch(/^(\/[\w.:@~+=,!-]+)+$/)
          expect(path).not.toMatch(/\/\.{1,2}(\/|$)/)
        },
      ),
    )
  })

  it.each([
    '',
    '.',
    '..',
    '%2e%2e',
    'a%2Fb',
    'a b',
    'a\\b',
    'é',
    'a;b',
    'a?b',
    'a#b',
    'a\u0000',
    '{id}',
    '*',
    "a'b",
    '"',
    'a/b',
    'x'.repeat(257),
  ])('takes no parameter that an upstream could read as another path: %j', (parameter) => {
    expect(dialect.route('GET', `/v1/models/${parameter}`)).toBe(undefined)
  })

  it('tells a wrong method from a wrong path', () => {
    expect(dialect.route('PATCH', served)).toBe('method_not_allowed')
    expect(dialect.route('POST', `${served}/`)).toBe(undefined)
    expect(dialect.route('POST', `${served}x`)).toBe(undefined)
    expect(dialect.route('POST', served.toUpperCase())).toBe(undefined)
  })

  it('survives a path as long as headers may be', () => {
    expect(dialect.route('POST', '/a'.repeat(8_000))).toBe(undefined)
    expect(dialect.route('POST', `/v1/models/${'a'.repeat(16_000)}`)).toBe(undefined)
  })
}

/** What holds for the asks of every dialect. */
export const askContract = (dialect: Dialect, served: string): void => {
  it('understands any JSON or says in one sentence what is wrong with it', () => {
    const route = routeOf(dialect, served)
    const names = [
      'model',
      'stream',
      'max_tokens',
      'n',
      'tools',
      'metadata',
      'thinking',
      'user',
      'reasoning',
      'stream_options',
      'generationConfig',
      'generation_config',
      'maxOutputTokens',
      'requests',
    ]
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, 1, -1, 1.5, Infinity, 2 ** 53, '', 'm', ' m', 'a\u0000b'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
      ),
    })).value
    fc.assert(
      fc.property(json, fc.nat(100_000), (body, bytes) => {
        try {
          const ask = dialect.ask(route, body, bytes)
          expect(ask.candidates).toBeGreaterThanOrEqual(1)
          expect(ask.inputTokensEstimate).toBeGreaterThanOrEqual(0)
          expect(ask.model ?? 'm').toMatch(/^\S/)
          expect(ask.maxTokens ?? 0).toBeGreaterThanOrEqual(0)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Fault)
          expect(thrown).toHaveProperty('code', 'invalid_body')
          expect((thrown as Fault).detail).toMatch(/^[\w.[\]-]+ .+[^.]$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('asks a body for nothing where the route has none', () => {
    const ask = dialect.ask(routeOf(dialect, '/v1/models', 'GET'), undefined, 0)
    expect(ask).toMatchObject({ stream: false, candidates: 1, inputTokensEstimate: 0, tools: 0 })
  })

  it('throws for a body that a generation needs and does not have', () => {
    expect(() => dialect.ask(routeOf(dialect, served), undefined, 0)).toThrow('invalid_body')
  })
}
