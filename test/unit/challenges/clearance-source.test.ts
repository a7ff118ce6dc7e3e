import { describe, expect, it } from 'vitest'
import type { Carried } from '../../../src/challenges/carried-clearance.ts'
import { createChallengeCounts } from '../../../src/challenges/challenge-counts.ts'
import { createClearanceSource } from '../../../src/challenges/clearance-source.ts'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import { createCorrectionsSource } from '../../../src/challenges/corrections-source.ts'
import type { Clearance, Issued } from '../../../src/core/challenge.ts'
import { FACT_NAMES, UNKNOWN, Unknown, type Facts, type Findings } from '../../../src/core/facts.ts'
import { createGather } from '../../../src/signals/gather.ts'
import { aCall } from '../../support/a-call.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { createFakeClock } from '../../support/clock.ts'
import { someFacts } from '../../support/some-facts.ts'

const clock = createFakeClock()
const NOW = clock.now()
const hashNetwork = (network: string): string => `hashed ${network}`
const NETWORK = hashNetwork(aCall().caller.network)
const FACTS: Findings = {
  'account.id': 'acct_1',
  'account.known': true,
  'caller.credential': 'cred',
  'caller.stack': 'stack',
  'ip.asn': 64_500,
}
const at = (over: Partial<Clearance> = {}): Clearance => aClearance({ atMs: NOW - 60_000, ...over })

const setup = (clearances: readonly Clearance[] = [], carried?: Carried) => {
  const table = createClearanceTable()
  for (const one of clearances) table.take(one)
  const counts = createChallengeCounts({ clock })
  const source = createClearanceSource({ clearances: table, counts, clock, hashNetwork, carried })
  const read = (facts: Findings = FACTS, call = aCall()): Findings => {
    const found = source.read(call, someFacts(facts))
    if (found instanceof Promise) throw new Error('a promise')
    return found
  }
  const kindOf = (facts: Findings = FACTS, call = aCall()) => read(facts, call)['clearance.kind']
  return { source, table, counts, read, kindOf }
}

describe('clearance facts', () => {
  it('are known to be none where a subject holds none, without an age', () => {
    expect(setup().read()).toMatchObject({
      'clearance.kind': 'none',
      'clearance.age_s': UNKNOWN.absent,
      'clearance.bound': [],
      'clearance.held': [],
      'clearance.refused': false,
      'clearance.issued_1d': 0,
    })
  })

  it('are all that the table of facts names, in every case', () => {
    const names = FACT_NAMES.filter((name) => name.startsWith('clearance.'))
    const { source, read } = setup()
    expect(source.provides).toEqual(names)
    for (const facts of [
      FACTS,
      { 'caller.stack': 'x' },
      { ...FACTS, 'account.id': UNKNOWN.late },
    ]) {
      expect(Object.keys(read(facts)).toSorted()).toEqual(names.toSorted())
    }
  })

  it('name the strongest, then the tightest, then the newest, and list all that hold', () => {
    const human = at({ kind: 'human' })
    const bound = at({ kind: 'human', bound: { asn: 64_500, network: NETWORK }, atMs: NOW - 9_000 })
    const newer = at({ kind: 'human', bound: { network: NETWORK, asn: 64_500 }, atMs: NOW - 2_000 })
    const work = at({ atMs: NOW - 1_000 })
    expect(setup([work, human]).read()).toMatchObject({
      'clearance.kind': 'human',
      'clearance.age_s': 60,
      'clearance.bound': [],
      'clearance.held': ['proof_of_work 1', 'human 60'],
    })
    for (const order of [
      [human, bound, newer, work],
      [work, newer, bound, human],
    ]) {
      expect(setup(order).read()).toMatchObject({
        'clearance.kind': 'human',
        'clearance.age_s': 2,
        'clearance.bound': ['network', 'asn'],
      })
      expect(setup(order).read()['clearance.held']).toHaveLength(4)
    }
    expect(setup([newer, at({ kind: 'step_up' })]).kindOf()).toBe('step_up')
  })

  it('count a bound one only where every binding is known and the same', () => {
    const bound = { network: NETWORK, asn: 64_500, credential: 'cred' }
    const { kindOf } = setup([at({ bound })])
    expect(kindOf()).toBe('proof_of_work')
    expect(kindOf({ ...FACTS, 'ip.asn': 64_501 })).toBe('none')
    expect(kindOf({ ...FACTS, 'ip.asn': UNKNOWN.failed })).toBe('none')
    expect(kindOf({ ...FACTS, 'caller.credential': 'other' })).toBe('none')
    expect(kindOf({ ...FACTS, 'caller.credential': UNKNOWN.absent })).toBe('none')
    const elsewhere = aCall({ caller: { address: '198.51.100.1', network: '198.51.100.0/24' } })
    expect(kindOf(FACTS, elsewhere)).toBe('none')
  })

  it('count none that has run out, was refused or revoked, or belongs to others', () => {
    const gone: readonly Partial<Clearance>[] = [
      { expiresMs: NOW },
      { state: 'refused' },
      { state: 'revoked' },
      { subject: 'a:acct_2' },
      { subject: 'c:cred' },
    ]
    for (const over of gone) expect([over, setup([at(over)]).kindOf()]).toEqual([over, 'none'])
  })

  it('belong to the credential where no account stands behind it', () => {
    const { kindOf } = setup([at({ subject: 'c:cred' })])
    const nobody = { 'caller.credential': 'cred', 'caller.stack': 's' } as const
    expect(kindOf({ ...nobody, 'account.known': false, 'account.id': UNKNOWN.absent })).toBe(
      'proof_of_work',
    )
    expect(kindOf(nobody)).toBe('proof_of_work')
    expect(kindOf({ ...nobody, 'account.known': false, 'account.id': 'acct_1' })).toBe(
      'proof_of_work',
    )
  })

  it('are as late or failed as the account, which makes no other subject of anybody', () => {
    const { read } = setup([at({ subject: 'c:cred' })])
    for (const why of [UNKNOWN.late, UNKNOWN.failed]) {
      const found = read({ ...FACTS, 'account.id': why, 'account.known': why })
      expect(found).toMatchObject({
        'clearance.kind': why,
        'clearance.held': why,
        'clearance.refused': why,
        'clearance.issued_1h': why,
        'clearance.network_issued_1d': 0,
        'clearance.stack_issued_1d': 0,
      })
    }
    expect(read({ 'caller.stack': 's' })['clearance.kind']).toBe(UNKNOWN.absent)
  })

  it('say refused where the last step-up was, until another or its end', () => {
    const refused = at({ kind: 'step_up', state: 'refused', atMs: NOW - 5_000 })
    const refusedOf = (some: readonly Clearance[]) => setup(some).read()['clearance.refused']
    expect(refusedOf([refused])).toBe(true)
    expect(refusedOf([refused, at({ kind: 'step_up' })])).toBe(true)
    expect(refusedOf([refused, at({ kind: 'step_up', atMs: NOW - 1_000 })])).toBe(false)
    expect(refusedOf([refused, at({ kind: 'human', atMs: NOW - 1_000 })])).toBe(true)
    expect(refusedOf([{ ...refused, state: 'revoked' }])).toBe(false)
    expect(refusedOf([{ ...refused, expiresMs: NOW }])).toBe(false)
    expect(refusedOf([{ ...refused, kind: 'human' }])).toBe(false)
  })

  it('hold challenges issued and passed, by account, network and stack', () => {
    const { counts, read } = setup()
    const issued: Issued = {
      ...at(),
      issuedMs: NOW,
      lifetimeMs: 1,
      difficulty: 1,
      decision: 'd',
      rule: 'r',
      network: NETWORK,
      stack: 'stack',
    }
    for (let times = 0; times < 3; times++) counts.issued(issued)
    counts.solved(issued)
    counts.issued({ ...issued, subject: 'a:acct_2', stack: 'other' })
    expect(read()).toMatchObject({
      'clearance.issued_1h': 3,
      'clearance.issued_1d': 3,
      'clearance.solved_1d': 1,
      'clearance.network_issued_1d': 4,
      'clearance.network_solved_1d': 1,
      'clearance.stack_issued_1d': 3,
      'clearance.stack_solved_1d': 1,
    })
  })
})

describe('a clearance that a caller carries', () => {
  const bound = { credential: 'cred' }
  const carrying = (...tokens: readonly string[]) =>
    aCall({ rawHeaders: tokens.flatMap((token) => ['X-Stillwatch-Clearance', token]) })
  const opening = (clearance: Clearance | undefined): Carried => ({ open: () => clearance })

  it('counts where it is bound to the credential of this call', () => {
    const carried = at({ bound, kind: 'human' })
    const { read, kindOf } = setup([], opening(carried))
    expect(read(FACTS, carrying('token'))).toMatchObject({
      'clearance.kind': 'human',
      'clearance.bound': ['credential'],
      'clearance.held': ['human 60 credential'],
    })
    expect(kindOf()).toBe('none')
    expect(kindOf(FACTS, carrying(''))).toBe('none')
    expect(kindOf(FACTS, carrying('token', 'token'))).toBe('none')
    expect(kindOf(FACTS, carrying('x'.repeat(5_000)))).toBe('none')
  })

  it('says nothing where anything of it is not as it has to be', () => {
    const wrong: readonly (Clearance | undefined)[] = [
      undefined,
      at({ bound: {} }),
      at({ bound: { credential: 'stolen' } }),
      at({ bound: { network: NETWORK } }),
      at({ bound: { ...bound, asn: 1 } }),
      at({ bound, subject: 'a:acct_2' }),
      at({ bound, expiresMs: NOW }),
      at({ bound, state: 'refused' }),
    ]
    for (const carried of wrong) {
      expect(setup([], opening(carried)).kindOf(FACTS, carrying('token'))).toBe('none')
    }
  })

  it('counts no more once it was revoked here', () => {
    const carried = at({ bound })
    const { table, kindOf } = setup([], opening(carried))
    expect(kindOf(FACTS, carrying('token'))).toBe('proof_of_work')
    table.take({ ...carried, state: 'revoked' })
    expect(kindOf(FACTS, carrying('token'))).toBe('none')
  })
})

describe('facts that step-ups have corrected', () => {
  const stepUp = (facts: Clearance['facts'], over: Partial<Clearance> = {}): Clearance =>
    at({ kind: 'step_up', facts, ...over })

  const gathered = async (clearances: readonly Clearance[], account: Findings): Promise<Facts> => {
    const table = createClearanceTable()
    for (const one of clearances) table.take(one)
    const gather = createGather({
      stackHash: (value) => value,
      sources: [
        {
          name: 'account',
          provides: ['account.id', 'account.known', 'account.verified', 'account.status'],
          budgetMs: 0,
          wave: 0,
          read: () => account,
        },
        createCorrectionsSource({ clearances: table, clock }),
      ],
    })
    return gather(aCall())
  }
  const account: Findings = {
    'account.id': 'acct_1',
    'account.known': true,
    'account.verified': 'email',
    'account.status': 'trial',
  }

  it('replace what the source of accounts says, the newest word about each', async () => {
    const facts = await gathered(
      [
        stepUp({ 'account.verified': 'phone', 'payment.verified': true }, { atMs: NOW - 9_000 }),
        stepUp({ 'account.verified': 'identity' }, { atMs: NOW - 1_000 }),
        stepUp({ 'account.verified': 'none' }, { atMs: NOW - 5_000 }),
      ],
      account,
    )
    expect(facts.get('account.verified')).toBe('identity')
    expect(facts.get('payment.verified')).toBe(true)
    expect(facts.get('account.status')).toBe('trial')
  })

  it('count too where the step-up was refused, as long as that is remembered', async () => {
    const suspended = stepUp({ 'account.status': 'suspended' }, { state: 'refused' })
    const found = await gathered([suspended], { ...account, 'account.status': 'active' })
    expect(found.get('account.status')).toBe('suspended')
  })

  it.each(['suspended', 'closed'] as const)(
    'never lift that the source of accounts says %s, but may add to it',
    async (status) => {
      const lifting = stepUp({ 'account.status': 'active', 'account.verified': 'identity' })
      const found = await gathered([lifting], { ...account, 'account.status': status })
      expect(found.get('account.status')).toBe(status)
      expect(found.get('account.verified')).toBe('identity')
      const closing = stepUp({ 'account.status': 'closed' })
      const closed = await gathered([closing], { ...account, 'account.status': status })
      expect(closed.get('account.status')).toBe('closed')
    },
  )

  it('change nothing where the clearance does not hold, or is none of this subject', async () => {
    const facts = { 'account.verified': 'identity' } as const
    const none = [
      stepUp(facts, { state: 'revoked' }),
      stepUp(facts, { expiresMs: NOW }),
      stepUp(facts, { subject: 'a:acct_2' }),
      stepUp(facts, { kind: 'human' }),
      stepUp({ 'account.verified': UNKNOWN.failed }),
      stepUp({}),
    ]
    for (const one of none) {
      expect((await gathered([one], account)).get('account.verified')).toBe('email')
    }
    const late = { 'account.id': UNKNOWN.late, 'account.verified': UNKNOWN.late }
    const found = await gathered([stepUp(facts)], late)
    expect(found.get('account.verified')).toBeInstanceOf(Unknown)
  })
})
