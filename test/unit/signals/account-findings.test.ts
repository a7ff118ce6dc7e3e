import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Facts, UNKNOWN } from '../../../src/core/facts.ts'
import { DAY_MS } from '../../../src/core/time.ts'
import {
  ACCOUNT_FACTS,
  ACCOUNT_FAILED,
  findingsOf,
  NO_ACCOUNT,
} from '../../../src/signals/account-findings.ts'
import { readAccount } from '../../../src/signals/account-source.ts'
import { aCall } from '../../support/a-call.ts'
import { anAccount, accountTools } from '../../support/an-account.ts'

const NOW_MS = Date.UTC(2026, 3, 22)

describe('the facts of an account', () => {
  it('names exactly the facts it provides, so that none can be forgotten', () => {
    expect(Object.keys(findingsOf(anAccount(), NOW_MS)).toSorted()).toEqual(
      ACCOUNT_FACTS.toSorted(),
    )
    expect(Object.keys(ACCOUNT_FAILED).toSorted()).toEqual(ACCOUNT_FACTS.toSorted())
  })

  it('leaves everything unknown that the record leaves out, never zero and never false', () => {
    const facts = new Facts()
    facts.add(findingsOf(anAccount(), NOW_MS))
    expect(facts.toJSON()).toEqual({
      'account.known': true,
      'account.id': 'acct_1',
      'account.entity': 'acct_1',
    })
    expect(facts.get('payment.settled_count')).toBe(UNKNOWN.absent)
    expect(facts.get('payment.verified')).toBe(UNKNOWN.absent)
  })

  it('says only that there is none where there is none', () => {
    expect(NO_ACCOUNT).toEqual({ 'account.known': false })
  })

  it('lets age move with the clock, down to a hundredth of a day', () => {
    const account = anAccount({ created_at: NOW_MS - 10 * DAY_MS })
    expect(findingsOf(account, NOW_MS)['account.age_days']).toBe(10)
    expect(findingsOf(account, NOW_MS + DAY_MS / 4)['account.age_days']).toBe(10.25)
    expect(findingsOf(account, NOW_MS + 1)['account.age_days']).toBe(10)
  })

  it('takes a creation date in the future for now: a wrong clock makes nobody old', () => {
    const account = anAccount({ created_at: NOW_MS + DAY_MS })
    expect(findingsOf(account, NOW_MS)['account.age_days']).toBe(0)
  })

  it('does not count payments that are settled later', () => {
    const settled = [
      { at: NOW_MS + DAY_MS, usd: 100 },
      { at: NOW_MS - DAY_MS, usd: 20 },
      { at: NOW_MS, usd: 5 },
    ]
    const account = anAccount({ settled })
    expect(findingsOf(account, NOW_MS)).toMatchObject({
      'payment.settled_count': 2,
      'payment.settled_usd': 25,
      'payment.verified': true,
    })
    expect(findingsOf(account, NOW_MS - 2 * DAY_MS)).toMatchObject({
      'payment.settled_count': 0,
      'payment.settled_usd': 0,
      'payment.verified': false,
    })
    expect(findingsOf(account, NOW_MS + DAY_MS)['payment.settled_usd']).toBe(125)
  })

  it('counts an empty list of payments as a known zero', () => {
    expect(findingsOf(anAccount({ settled: [] }), NOW_MS)).toMatchObject({
      'payment.settled_count': 0,
      'payment.settled_usd': 0,
      'payment.verified': false,
    })
  })

  it('agrees with a plain sum for any payments and any moment', () => {
    const payment = fc.record({
      at: fc.integer({ min: NOW_MS - 1000, max: NOW_MS + 1000 }),
      usd: fc.integer({ min: 0, max: 1000 }),
    })
    fc.assert(
      fc.property(
        fc.array(payment, { maxLength: 40 }),
        fc.integer({ min: -1100, max: 1100 }),
        (settled, shift) => {
          const due = settled.filter(({ at }) => at <= NOW_MS + shift)
          expect(findingsOf(anAccount({ settled }), NOW_MS + shift)).toMatchObject({
            'payment.settled_count': due.length,
            'payment.settled_usd': due.reduce((sum, { usd }) => sum + usd, 0),
          })
        },
      ),
    )
  })

  it('believes the record on whether a payment was verified', () => {
    const account = anAccount({ settled: [{ at: NOW_MS, usd: 1 }], payment: { verified: false } })
    expect(findingsOf(account, NOW_MS)['payment.verified']).toBe(false)
  })

  it('takes counts as they are where payments are not listed', () => {
    const account = anAccount({ payment: { settled_count: 3, settled_usd: 60 } })
    expect(findingsOf(account, NOW_MS)).toMatchObject({
      'payment.settled_count': 3,
      'payment.settled_usd': 60,
      'payment.verified': true,
    })
  })

  it('gives the instrument only as a hash', () => {
    const findings = findingsOf(anAccount({ payment: { instrument: 'card_9' } }), NOW_MS)
    expect(findings['payment.instrument']).toBe('hash(card_9)')
  })

  it('gives the issuer of the card and the shape of the address at sign-up as they are told', () => {
    const signup = { email_pattern: 'a{6}9{2}@mail.example' }
    const payment = { funding: 'prepaid', issuer: '00411122' }
    expect(findingsOf(anAccount({ signup, payment }), NOW_MS)).toMatchObject({
      'account.email_pattern': 'a{6}9{2}@mail.example',
      'payment.issuer': '00411122',
    })
    const account = { email_pattern: 'name.name@firm.example' }
    expect(findingsOf(anAccount({ signup, account }), NOW_MS)).toMatchObject({
      'account.email_pattern': 'name.name@firm.example',
      'account.email_domain': 'firm.example',
    })
  })

  it('takes the mail domain from the pattern of the sign-up and knows throw-away ones by the list', () => {
    const signup = { email_pattern: 'a{6}9{2}@Sub.ThrowAway.example.' }
    const disposableDomains = new Set(['throwaway.example'])
    expect(findingsOf(anAccount({ signup }, { disposableDomains }), NOW_MS)).toMatchObject({
      'account.email_domain': 'sub.throwaway.example',
      'account.email_disposable': true,
    })
    expect(findingsOf(anAccount({ signup }), NOW_MS)['account.email_disposable']).toBe(
      UNKNOWN.absent,
    )
    const explicit = { email_domain: 'firm.example', email_disposable: false }
    expect(
      findingsOf(anAccount({ signup, account: explicit }, { disposableDomains }), NOW_MS),
    ).toMatchObject({ 'account.email_domain': 'firm.example', 'account.email_disposable': false })
  })
})

const entityOf = (changes: Readonly<Record<string, unknown>>, endUser: string | undefined) =>
  readAccount(anAccount(changes), aCall({ ask: { endUser } }), NOW_MS, accountTools)[
    'account.entity'
  ]

describe('the entity of a call', () => {
  it('is the organisation, else the account itself', () => {
    expect(entityOf({ entity: 'org_1' }, undefined)).toBe('org_1')
    expect(entityOf({}, undefined)).toBe('acct_1')
  })

  it('is the end user of a reseller, as a hash under the account', () => {
    expect(entityOf({ entity: 'org_1', reseller: true }, 'anna')).toBe('acct_1/hash(anna)')
  })

  it('is the reseller itself where the call names nobody', () => {
    expect(entityOf({ entity: 'org_1', reseller: true }, undefined)).toBe('org_1')
  })

  it('does not change by a name that an ordinary account puts into its calls', () => {
    expect(entityOf({ entity: 'org_1' }, 'anna')).toBe('org_1')
  })

  it('adds days of use that came after the record', () => {
    const account = anAccount({ account: { active_days: 3 } })
    const reader = { ...accountTools, daysAfter: () => 4 }
    expect(readAccount(account, aCall(), NOW_MS, reader)['account.active_days']).toBe(7)
    expect(readAccount(anAccount(), aCall(), NOW_MS, reader)['account.active_days']).toBe(
      UNKNOWN.absent,
    )
  })
})
