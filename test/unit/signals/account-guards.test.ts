import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../../src/signals/account-address.ts'
import { createBreaker } from '../../../src/signals/account-breaker.ts'
import { createAccountCache } from '../../../src/signals/account-cache.ts'
import { checkUrl } from '../../../src/signals/account-fetch.ts'
import { createFlights } from '../../../src/signals/account-flights.ts'
import { anAccount } from '../../support/an-account.ts'

describe('a breaker', () => {
  it('opens after five failures in a row and not after four', () => {
    const breaker = createBreaker()
    for (let n = 0; n < 4; n++) breaker.failed(0)
    breaker.succeeded()
    for (let n = 0; n < 4; n++) breaker.failed(0)
    expect(breaker.allows(0)).toBe(true)
    breaker.failed(0)
    expect(breaker.open).toBe(true)
    expect(breaker.allows(999)).toBe(false)
  })

  it('lets one probe through after each cool-down, which doubles up to 15 s', () => {
    const breaker = createBreaker()
    for (let n = 0; n < 5; n++) breaker.failed(0)
    let atMs = 0
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      expect(breaker.allows(atMs + waitMs - 1)).toBe(false)
      atMs += waitMs
      expect(breaker.allows(atMs)).toBe(true)
      expect(breaker.allows(atMs)).toBe(false)
      breaker.failed(atMs)
    }
    expect(breaker.allows(atMs + 15_000)).toBe(true)
    breaker.succeeded()
    expect(breaker.allows(atMs + 15_000)).toBe(true)
    expect(breaker.open).toBe(false)
  })

  it('does not put the probe off for failures of questions asked before it opened', () => {
    const breaker = createBreaker()
    for (let n = 0; n < 40; n++) breaker.failed(n * 10)
    expect(breaker.allows(1_040)).toBe(true)
  })
})

const never = (): Promise<void> => new Promise(() => {})

describe('flights', () => {
  it('are shared by everybody who asks the same', async () => {
    const flights = createFlights(8)
    const landing = Promise.withResolvers<undefined>()
    let started = 0
    const start = async (): Promise<void> => {
      started++
      await landing.promise
    }
    const flight = { key: 'a', network: 'n', known: false }
    const first = flights.take(flight, start)
    expect(flights.take(flight, start)).toBe(first)
    expect(started).toBe(1)
    landing.resolve(undefined)
    await first
    expect(flights.size).toBe(0)
  })

  it('leave room for other networks and for accounts already known', () => {
    const flights = createFlights(8)
    const take = (key: string, network: string, known: boolean): boolean =>
      flights.take({ key, network, known }, never) !== undefined
    expect(['1', '2', '3'].map((key) => take(key, 'flood', false))).toEqual([true, true, false])
    for (let n = 0; n < 20; n++) take(`n${n}`, `network ${n}`, false)
    expect(flights.size).toBe(8)
    expect(take('known', 'flood', true)).toBe(true)
    for (let n = 0; n < 20; n++) take(`k${n}`, 'flood', true)
    expect(flights.size).toBe(16)
  })

  it('are not counted where the start declines', () => {
    const flights = createFlights(4)
    expect(flights.take({ key: 'a', network: 'n', known: false }, () => undefined)).toBeUndefined()
    expect(flights.take({ key: 'a', network: 'n', known: false }, never)).toBeDefined()
  })
})

describe('the cache of answers', () => {
  it('never lets unknown credentials push out an account', () => {
    const cache = createAccountCache({ accounts: 2, others: 3 })
    cache.set('real', { kind: 'account', account: anAccount(), atMs: 0 })
    for (let n = 0; n < 1_000; n++) cache.set(`made up ${n}`, { kind: 'none', atMs: 0 })
    expect(cache.get('real')?.kind).toBe('account')
    expect(cache.others).toBe(3)
    expect(cache.find('acct_1')?.id).toBe('acct_1')
  })

  it('forgets an account once it is said not to exist', () => {
    const cache = createAccountCache({ accounts: 2, others: 2 })
    cache.set('k', { kind: 'account', account: anAccount(), atMs: 0 })
    cache.set('k', { kind: 'none', atMs: 1 })
    expect(cache.get('k')?.kind).toBe('none')
    expect(cache.find('acct_1')).toBeUndefined()
  })
})

const wrong = (url: string) => 'wrong' in checkUrl(url, 'public')

describe('where a URL of the settings may lead', () => {
  it('is the public internet by https, unless private networks are allowed', () => {
    expect(wrong('https://accounts.example/v1')).toBe(false)
    for (const url of [
      'http://accounts.example/',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://0177.0.0.1/',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://169.254.169.254/',
      'https://user:pass@accounts.example/',
      'file:///etc/passwd',
      'nonsense',
    ]) {
      expect(wrong(url), url).toBe(true)
    }
    expect('wrong' in checkUrl('http://127.0.0.1:8080/x', 'private')).toBe(false)
    expect('wrong' in checkUrl('file:///etc/passwd', 'private')).toBe(true)
  })

  it('knows public addresses from private and special ones', () => {
    for (const address of ['8.8.8.8', '2606:4700::1111', '203.0.114.1', '172.32.0.1']) {
      expect(isPublicAddress(address), address).toBe(true)
    }
    for (const address of [
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.9.9.9',
      '169.254.169.254',
      '172.31.255.255',
      '192.168.0.1',
      '198.18.0.1',
      '203.0.113.7',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8.',
      '::7f00:1',
      '64:ff9b::7f00:1',
      '2001::1',
      '2001:db8::1',
      '2002:7f00:1::',
      'fc00::1',
      'fe80::1',
      'fec0::1',
      'ff02::1',
      '',
      'localhost',
      '127.1',
    ]) {
      expect(isPublicAddress(address), address).toBe(false)
    }
  })
})
