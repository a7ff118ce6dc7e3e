import { describe, expect, it } from 'vitest'
import { parseDisposableDomains } from '../../../src/signals/email-disposable.ts'
import { emailDomainOf, isListedDomain } from '../../../src/signals/email-domain.ts'
import { sharedPath } from '../../support/shared-data.ts'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

describe('the domain of an e-mail address', () => {
  it('has one spelling', () => {
    for (const text of [
      'a@Mail.Example',
      'a{3}@mail.example.',
      'MAIL.example',
      'x@mail。example',
    ]) {
      expect(emailDomainOf(text)).toBe('mail.example')
    }
    expect(emailDomainOf('a@bücher.example')).toBe('xn--bcher-kva.example')
  })

  it('is unknown where it is ambiguous or none', () => {
    for (const text of [
      'a@evil.example@bank.example',
      'a@',
      '@',
      '',
      'a@localhost',
      'a@-.example',
      'a@a b.example',
      'a@127.0.0.1',
      'a@[::1]',
      `a@${'x'.repeat(64)}.example`,
      `a@${'x.'.repeat(200)}example`,
      'a@xn--\u0000.example',
    ]) {
      expect(emailDomainOf(text), text).toBeUndefined()
    }
  })

  it('is listed with everything under a listed domain, and not with its neighbours', () => {
    const listed = new Set(['throwaway.example'])
    expect(isListedDomain('throwaway.example', listed)).toBe(true)
    expect(isListedDomain('a.b.throwaway.example', listed)).toBe(true)
    expect(isListedDomain('notthrowaway.example', listed)).toBe(false)
    expect(isListedDomain('example', listed)).toBe(false)
  })
})

describe('the list of disposable domains', () => {
  it('takes one domain a line and reports the rest', () => {
    const list = parseDisposableDomains(
      'list.txt',
      '# head\nOne.example\n\ntwo.example # why\nno\n',
    )
    expect([...list.domains]).toEqual(['one.example', 'two.example'])
    expect(list.problems).toEqual([
      {
        file: 'list.txt',
        line: 5,
        col: 1,
        what: 'not a domain name',
        instead: 'write one domain a line, such as throwaway.example',
      },
    ])
  })

  it('reads the public list whole', () => {
    const path = sharedPath('email/disposable_domains.txt.gz')
    const text = path === undefined ? 'one.example\n' : gunzipSync(readFileSync(path)).toString()
    const list = parseDisposableDomains('list.txt', text)
    expect(list.problems).toEqual([])
    expect(list.domains.size).toBe(text.split('\n').filter((line) => line !== '').length)
  })
})
