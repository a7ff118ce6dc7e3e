import { describe, expect, it } from 'vitest'
import { isOwnTarget, readOwnTarget } from '../../../../src/http/challenges/target.ts'

describe('what is ours on the public listener', () => {
  it.each([
    '/.stillwatch',
    '/.stillwatch/',
    '/.stillwatch?a',
    '/.stillwatch/x/../../v1',
    '/.stillwatch//',
  ])('takes %s', (target) => expect(isOwnTarget(target)).toBe(true))

  it.each([
    '/',
    '/v1',
    '/.stillwatchdog',
    '/.Stillwatch/',
    '/%2Estillwatch/',
    '//.stillwatch/',
    '/v1/.stillwatch/',
    '*',
    'http://h/.stillwatch/',
  ])('leaves %s to the guard', (target) => expect(isOwnTarget(target)).toBe(false))
})

describe('a target of ours', () => {
  it('names a challenge, whatever a mail program has added', () => {
    const id = `AQID${'a-_'.repeat(100)}`
    expect(readOwnTarget(`/.stillwatch/challenges/${id}`)).toEqual({ kind: 'challenge', id })
    expect(readOwnTarget(`/.stillwatch/challenges/${id}?utm_source=mail`)).toEqual({
      kind: 'challenge',
      id,
    })
  })

  it('names the other things that are served', () => {
    expect(readOwnTarget('/.stillwatch/').kind).toBe('customer_page')
    expect(readOwnTarget('/.stillwatch?x').kind).toBe('slash_missing')
    expect(readOwnTarget('/.stillwatch/step-up')).toEqual({ kind: 'step_up' })
    expect(readOwnTarget('/.stillwatch/assets/page.css')).toEqual({
      kind: 'file',
      name: 'assets/page.css',
    })
  })

  it.each([
    'challenges/',
    'challenges/a/b',
    'challenges/a%2Fb',
    'challenges/%00',
    'challenges/"><script>',
    '/challenges/a',
    'assets/../target.ts',
    'assets/..%2ftarget.ts',
    'assets//page.css',
    'assets/.env',
    '../v1/models',
    'STEP-UP',
  ])('is unknown as %s', (path) => {
    expect(readOwnTarget(`/.stillwatch/${path}`)).toEqual({ kind: 'unknown' })
  })

  it('is refused unread where it is too long', () => {
    expect(readOwnTarget(`/.stillwatch/challenges/${'a'.repeat(3_000)}`).kind).toBe('too_long')
  })
})
