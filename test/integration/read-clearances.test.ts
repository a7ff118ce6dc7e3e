import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClearanceAdministration } from '../../src/challenges/clearance-administration.ts'
import { readClearances } from '../../src/commands/read-clearances.ts'
import type { Bound } from '../../src/core/challenge.ts'
import { aClearance } from '../support/a-clearance.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { OPERATOR } from '../support/an-admin.ts'
import { aCall } from '../support/a-call.ts'
import { someFacts } from '../support/some-facts.ts'
import { createStepUpWorld } from '../support/step-up-world.ts'

const world = createStepUpWorld()
let there: Awaited<ReturnType<typeof startAdminListener>>

beforeAll(async () => {
  vi.stubEnv('STILLWATCH_TOKEN', OPERATOR)
  const clearances = createClearanceAdministration(world)
  there = await startAdminListener({ clock: world.clock, clearances })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await there.close()
})

const read = async (account: string) => {
  const facts = someFacts({ 'account.id': account, 'account.known': true, 'ip.asn': 64_500 })
  const told = await readClearances(there.url, account, {
    call: aCall(),
    facts,
    nowMs: world.clock.now(),
  })
  if (!told.ok) throw new Error(told.what)
  return told
}

const put = (account: string, bound: Bound): Promise<void> =>
  world.ledger.put(aClearance({ subject: `a:${account}`, bound, atMs: world.clock.now() - 60_000 }))

describe('clearances of an account, read from a running guard', () => {
  it('count where they are bound to nothing, or to the ASN of the described call', async () => {
    await put('one', { asn: 64_500 })
    await put('one', { asn: 64_501 })
    await put('one', {})
    const { facts, notes } = await read('one')
    expect(facts).toMatchObject({
      'clearance.kind': 'proof_of_work',
      'clearance.age_s': 60,
      'clearance.bound': ['asn'],
    })
    expect(facts['clearance.held']).toHaveLength(2)
    expect(facts).not.toHaveProperty(['clearance.issued_1h'])
    expect(notes).toEqual([])
  })

  it('are left out and named where they are bound to what only the guard can compare', async () => {
    await put('two', { network: 'hash-of-a-network', asn: 64_500 })
    const { facts, notes } = await read('two')
    expect(facts).toMatchObject({ 'clearance.kind': 'none', 'clearance.held': [] })
    expect(notes).toEqual([
      'The account holds proof_of_work, 1 min ago, bound to network, asn: whether this call comes from there cannot be told here, so it is not counted.',
    ])
  })

  it('are those that the guard has heard of where its store is away, which is said', async () => {
    await put('three', {})
    world.ledger.fail(true)
    const { facts, notes } = await read('three')
    world.ledger.fail(false)
    expect(facts).toMatchObject({ 'clearance.kind': 'proof_of_work' })
    expect(notes).toEqual([expect.stringContaining('did not answer')])
  })
})
