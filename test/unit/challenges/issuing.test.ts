import { describe, expect, it, vi } from 'vitest'
import { createAnswering } from '../../../src/challenges/answering.ts'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import { createIssuing, type IssuingParts } from '../../../src/challenges/issuing.ts'
import { createProofOfWork } from '../../../src/challenges/proof-of-work.ts'
import { createSeals } from '../../../src/challenges/seal.ts'
import type { Challenge, ChallengeTerms, Issued, Offered } from '../../../src/core/challenge.ts'
import { UNKNOWN, type Findings } from '../../../src/core/facts.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { aCall } from '../../support/a-call.ts'
import { aLedger } from '../../support/a-challenge.ts'
import { aDecision } from '../../support/an-event.ts'
import { createFakeClock } from '../../support/clock.ts'
import { someFacts } from '../../support/some-facts.ts'

const MINUTE_MS = 60_000
const rootKey = Buffer.alloc(32, 9)
const hashNetwork = createKeyedHash(rootKey, 'network')

const KNOWN: Findings = {
  'account.known': true,
  'account.id': 'acct_1',
  'caller.credential': 'credential-hash',
  'caller.stack': 'stack-hash',
  'ip.asn': 64_500,
}

const terms = (over: Partial<ChallengeTerms> = {}): ChallengeTerms => ({
  kind: 'proof_of_work',
  validMs: 10 * MINUTE_MS,
  lifetimeMs: 60 * MINUTE_MS,
  bind: [],
  difficulty: 0.005,
  ...over,
})

const decision = (over: Partial<ChallengeTerms> = {}) =>
  aDecision({ verdict: 'challenge', rule: 'anonymous', challenge: terms(over) })

const rigOf = (over: Partial<IssuingParts> = {}) => {
  const clock = createFakeClock(Date.now())
  const seals = createSeals({ rootKey })
  const table = createClearanceTable()
  const issued: Issued[] = []
  const challenges = new Map([['proof_of_work' as const, createProofOfWork({ seals, clock })]])
  const issuing = createIssuing({
    seals,
    clock,
    challenges,
    clearances: table,
    publicUrl: undefined,
    hashNetwork,
    onIssued: (one) => void issued.push(one),
    ...over,
  })
  const answering = createAnswering({
    seals,
    clock,
    challenges,
    clearances: table,
    ledger: aLedger(clock),
    onGranted: () => undefined,
  })
  const offer = (
    facts: Findings = KNOWN,
    asked: Partial<ChallengeTerms> = {},
    call = aCall(),
  ): Promise<Offered | undefined> => issuing.offer(call, someFacts(facts), decision(asked))
  return { clock, issued, issuing, answering, offer }
}

const nameOf = (offered: Offered | undefined): string =>
  offered?.kind === 'offer' ? offered.offer.name : `${offered?.kind}`

const accountOf = (n: number): Findings => ({ ...KNOWN, 'account.id': `acct_${n}` })
const { 'account.id': _, ...NOBODY } = KNOWN
const madeUp = (n: number): Findings => ({
  ...NOBODY,
  'account.known': false,
  'caller.credential': `made-up-${n}`,
})
const fromNetwork = (n: number) =>
  aCall({ caller: { address: `198.51.${n}.7`, network: `198.51.${n}.0/24` } })

describe('an offer', () => {
  it('holds a sealed id that says all of the challenge, and a puzzle', async () => {
    const { offer, answering, issued, clock } = rigOf()
    const offered = await offer(KNOWN, { bind: ['network', 'asn', 'credential'] })
    if (offered?.kind !== 'offer') throw new Error(`${offered?.kind}`)
    const { id, name, kind, url, expiresMs, puzzle } = offered.offer
    const opened = answering.open(id)
    expect(opened).toEqual({ ok: true, issued: issued[0] })
    expect(issued).toEqual([
      {
        id: name,
        kind: 'proof_of_work',
        subject: 'a:acct_1',
        issuedMs: clock.now(),
        expiresMs,
        lifetimeMs: 60 * MINUTE_MS,
        bound: {
          network: hashNetwork('203.0.113.0/24'),
          asn: 64_500,
          credential: 'credential-hash',
        },
        difficulty: 0.005,
        decision: '01k0000000000000000000',
        rule: 'anonymous',
        network: hashNetwork('203.0.113.0/24'),
        stack: 'stack-hash',
      },
    ])
    expect(kind).toBe('proof_of_work')
    expect(url).toBe(`http://guard.test/.stillwatch/challenges/${id}`)
    expect(url.length).toBeLessThan(2_048)
    expect(expiresMs).toBeGreaterThanOrEqual(clock.now() + 10 * MINUTE_MS)
    expect(expiresMs).toBeLessThan(clock.now() + 10 * MINUTE_MS + 1_000)
    expect(puzzle?.parameters).toMatchObject({
      data: { challenge: name },
      expiresAt: expiresMs / 1_000,
    })
  })

  it('of a kind without work has no puzzle', async () => {
    const { offer } = rigOf()
    const offered = await offer(KNOWN, { kind: 'step_up' })
    expect(offered).toMatchObject({ kind: 'offer', offer: { kind: 'step_up' } })
    expect(offered).not.toHaveProperty('offer.puzzle')
  })

  it('is bound to nothing that the rule does not name', async () => {
    const { offer, issued } = rigOf()
    await offer()
    expect(issued[0]?.bound).toEqual({})
  })

  it('is for the credential where no account stands behind it, and never for an address', async () => {
    const { offer, issued } = rigOf()
    await offer({ 'caller.credential': 'credential-hash', 'account.known': false })
    expect(issued[0]?.subject).toBe('c:credential-hash')
    expect(await offer({})).toBeUndefined()
    expect(issued).toHaveLength(1)
  })

  it('is not made for what is not known, but may be soon', async () => {
    const { offer, issued } = rigOf()
    expect(await offer({ ...KNOWN, 'account.id': UNKNOWN.late })).toMatchObject({ kind: 'limited' })
    expect(await offer({ ...KNOWN, 'ip.asn': UNKNOWN.failed }, { bind: ['asn'] })).toMatchObject({
      kind: 'limited',
    })
    expect(await offer({ ...KNOWN, 'ip.asn': UNKNOWN.absent }, { bind: ['asn'] })).toBeUndefined()
    const nobody = { ...KNOWN, 'caller.credential': UNKNOWN.absent }
    expect(await offer(nobody, { bind: ['credential'] })).toBeUndefined()
    expect(issued).toEqual([])
  })

  it('is given again, the same, while more than half of its time is left', async () => {
    const { offer, issued, clock } = rigOf()
    const first = await offer()
    clock.advance(5 * MINUTE_MS - 1_000)
    expect(await offer()).toEqual(first)
    expect(issued).toHaveLength(1)
    clock.advance(3_000)
    const second = await offer()
    expect(nameOf(second)).not.toBe(nameOf(first))
    expect(issued).toHaveLength(2)
  })

  it('is one for a hundred calls at once', async () => {
    const { offer, issued } = rigOf()
    const names = new Set(
      (await Promise.all(Array.from({ length: 100 }, () => offer()))).map(nameOf),
    )
    expect(names.size).toBe(1)
    expect(issued).toHaveLength(1)
  })

  it('is a fresh one for another account, kind, binding or lifetime, and for more work', async () => {
    const { offer, issued } = rigOf()
    const names = [
      await offer(),
      await offer(accountOf(2)),
      await offer(KNOWN, { kind: 'human' }),
      await offer(KNOWN, { bind: ['network'] }),
      await offer(KNOWN, { lifetimeMs: MINUTE_MS }),
      await offer(KNOWN, { difficulty: 0.01 }),
    ].map(nameOf)
    expect(new Set(names).size).toBe(6)
    // Less work than that is no reason for another one.
    expect(nameOf(await offer())).toBe(names[5])
    expect(issued).toHaveLength(6)
  })

  it('is a fresh one after it was spent', async () => {
    const { offer, issued, answering } = rigOf()
    const first = await offer(KNOWN, { kind: 'step_up' })
    const [open] = issued
    if (open === undefined) throw new Error('not issued')
    expect((await answering.settle(open, 'refused')).kind).toBe('refused')
    expect(nameOf(await offer(KNOWN, { kind: 'step_up' }))).not.toBe(nameOf(first))
  })

  it('does not last because a clock was set back', async () => {
    const { offer, clock } = rigOf()
    const first = await offer()
    clock.advance(-60 * MINUTE_MS)
    expect(nameOf(await offer())).not.toBe(nameOf(first))
  })

  it('is limited by network for credentials that may be made up, and given to their neighbours', async () => {
    const onLimited = vi.fn<(kind: string) => void>()
    const { offer, issued, clock } = rigOf({ onLimited })
    for (let n = 0; n < 60; n++) await offer(madeUp(n))
    expect(await offer(madeUp(60))).toEqual({ kind: 'limited', retryAfterMs: 1_000 })
    expect(onLimited).toHaveBeenCalledWith('proof_of_work')
    // What is given again counts nothing.
    expect(nameOf(await offer(madeUp(59)))).toBe(issued[59]?.id)
    expect((await offer(madeUp(60), {}, fromNetwork(1)))?.kind).toBe('offer')
    // An account on the same network, and a credential that an upstream has taken.
    expect((await offer(accountOf(1)))?.kind).toBe('offer')
    const taken = { 'account.id': 'good', 'caller.credential': 'good' }
    expect((await offer({ ...KNOWN, ...taken }))?.kind).toBe('offer')
    clock.advance(1_000)
    expect((await offer(madeUp(61)))?.kind).toBe('offer')
  })

  it('is limited by the /48 of an IPv6 caller', async () => {
    const { offer } = rigOf()
    const from = (site: string, n: number) =>
      aCall({
        caller: { address: `2001:db8:${site}:${n}::1`, network: `2001:db8:${site}:${n}::/64` },
      })
    for (let n = 0; n < 60; n++) {
      expect((await offer(madeUp(n), {}, from('1', n + 1)))?.kind).toBe('offer')
    }
    expect((await offer(madeUp(60), {}, from('1', 100)))?.kind).toBe('limited')
    expect((await offer(madeUp(60), {}, from('2', 100)))?.kind).toBe('offer')
  })

  it('remembers no more open ones than it was told', async () => {
    const { offer, issued } = rigOf({ maxOpen: 2 })
    for (const n of [1, 2, 3, 3, 2, 1]) await offer(accountOf(n))
    expect(issued.map(({ subject }) => subject)).toEqual([1, 2, 3, 1].map((n) => `a:acct_${n}`))
  })

  it('is never an offer where its puzzle cannot be made, and one where it can be again', async () => {
    const puzzle = vi.fn<NonNullable<Challenge['puzzle']>>()
    puzzle.mockRejectedValueOnce(new Error('unforeseen'))
    puzzle.mockResolvedValue({ parameters: {}, signature: '' })
    const work: Challenge = {
      kind: 'proof_of_work',
      puzzle,
      verify: () => Promise.resolve('wrong'),
    }
    const { offer, issued } = rigOf({ challenges: new Map([['proof_of_work' as const, work]]) })
    expect((await offer())?.kind).toBe('limited')
    expect(issued).toEqual([])
    expect((await offer())?.kind).toBe('offer')
  })

  it('is none where the decision asks for no challenge', async () => {
    const { issuing } = rigOf()
    expect(await issuing.offer(aCall(), someFacts(KNOWN), aDecision())).toBeUndefined()
  })
})

describe('the address of a challenge', () => {
  it('stands below the public URL, whatever Host a caller sends', () => {
    const { issuing } = rigOf({ publicUrl: 'https://api.example.com/' })
    expect(issuing.urlOf('id', 'evil.test')).toBe(
      'https://api.example.com/.stillwatch/challenges/id',
    )
  })

  it('stands below the Host of the call without one, and is a path alone where that is no host', () => {
    const { issuing } = rigOf()
    expect(issuing.urlOf('id', 'guard.test:8080')).toBe(
      'http://guard.test:8080/.stillwatch/challenges/id',
    )
    expect(issuing.urlOf('id', '[::1]:8080')).toBe('http://[::1]:8080/.stillwatch/challenges/id')
    for (const host of [undefined, '', 'a b', 'a/b', 'a@b', 'a?b', 'é.test', '"', 'a\nb']) {
      expect(issuing.urlOf('id', host)).toBe('/.stillwatch/challenges/id')
    }
  })

  it('is made for each call by its own Host', async () => {
    const { offer } = rigOf()
    const withHosts = (...hosts: string[]) =>
      offer(KNOWN, {}, aCall({ rawHeaders: hosts.flatMap((host) => ['Host', host]) }))
    expect(await withHosts('one.test')).toMatchObject({
      offer: { url: expect.stringMatching(/^http:\/\/one\.test\//) },
    })
    expect(await withHosts('two.test')).toMatchObject({
      offer: { url: expect.stringMatching(/^http:\/\/two\.test\//) },
    })
    expect(await withHosts('one.test', 'two.test')).toMatchObject({
      offer: { url: expect.stringMatching(/^\/\.stillwatch\//) },
    })
  })
})
