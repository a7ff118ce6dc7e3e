import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aReader, reading, verdictOf } from '../support/a-reader.ts'
import { ordinaryHeaders } from '../support/fake-exchange.ts'

describe('headers under our own prefix', () => {
  const spellings = [
    'x-stillwatch-account',
    'X-Stillwatch-Account',
    'X-STILLWATCH-DECISION',
    'x_stillwatch_account',
    'x-stillwatch_account',
    'X_Stillwatch-Account',
    'x.stillwatch.account',
    'x-stillwatch',
    'x_stillwatch',
  ]

  it.each(spellings)('are dropped as %s, with everything else in its place', async (name) => {
    const { call } = await reading({
      extraHeaders: ['a', '1', name, 'forged', 'b', '2', name, 'again', 'c', '3'],
    })
    expect(call?.rawHeaders.slice(-6)).toEqual(['a', '1', 'b', '2', 'c', '3'])
    expect(call?.rawHeaders).not.toContain('forged')
  })

  it('are no others that only look like them', async () => {
    const { call } = await reading({ extraHeaders: ['x-stillwatcher', 'v', 'stillwatch-x', 'v'] })
    expect(call?.rawHeaders).toContain('x-stillwatcher')
    expect(call?.rawHeaders).toContain('stillwatch-x')
  })

  it('and keys for other gateways and path overrides never get through, in any spelling', async () => {
    const names = [
      'ocp-apim-subscription-key',
      'x-litellm-api-key',
      'x-original-url',
      'x-rewrite-url',
      'x-stillwatch-a',
    ]
    const spelled = fc
      .tuple(fc.constantFrom(...names), fc.array(fc.nat(2), { minLength: 30, maxLength: 30 }))
      .map(([name, picks]) =>
        name
          .split('')
          .map((letter, at) =>
            picks[at % 30] === 1
              ? letter.toUpperCase()
              : letter === '-' && picks[at % 30] === 2
                ? '_'
                : letter,
          )
          .join(''),
      )
    await fc.assert(
      fc.asyncProperty(spelled, async (name) => {
        const { call } = await reading({ extraHeaders: [name, 'forged'] })
        expect(call?.rawHeaders).not.toContain('forged')
      }),
      { numRuns: 1_000 },
    )
  })
})

const fill = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => [`x-${at}`, 'v']).flat()

describe('the number of headers', () => {
  it('is at most 128', async () => {
    const rest = ordinaryHeaders(29).length / 2
    expect(await verdictOf({ extraHeaders: fill(128 - rest) })).toBe('read')
    expect(await verdictOf({ extraHeaders: fill(129 - rest) })).toBe('headers_too_large')
  })

  it('of different names a reader remembers is bounded, and the verdicts stay', async () => {
    const reader = aReader()
    for (let at = 0; at < 20_000; at += 100) {
      const extraHeaders = Array.from({ length: 100 }, (_, each) => [`x-n${at + each}`, 'v']).flat()
      expect(await verdictOf({ extraHeaders }, reader)).toBe('read')
    }
    expect(await verdictOf({ extraHeaders: ['UPGRADE', 'x'] }, reader)).toBe('upgrade_refused')
    const { call } = await reading({ extraHeaders: ['X-sTiLlWaTcH-new', 'forged'] }, reader)
    expect(call?.rawHeaders).not.toContain('forged')
  })

  it('and their names do no harm: __proto__, constructor, toString', async () => {
    const extraHeaders = [
      '__proto__',
      'x',
      'constructor',
      'y',
      'toString',
      'z',
      'hasOwnProperty',
      'w',
    ]
    expect((await reading({ extraHeaders })).call?.rawHeaders).toContain('__proto__')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})
