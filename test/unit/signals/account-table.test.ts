import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAccountTable } from '../../../src/signals/account-table.ts'
import { createInstrumentCounter } from '../../../src/signals/payment-instruments.ts'
import { anAccount } from '../../support/an-account.ts'

const credential = (secret: string) => ({ id: `id of ${secret}`, secret, carrier: 'authorization' })
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('the table of accounts', () => {
  it('finds an account by a credential in clear or by its SHA-256', async () => {
    const builder = createAccountTable()
    builder.add(anAccount({ id: 'a' }), ['sk-a'])
    builder.add(anAccount({ id: 'b' }), [`sha256:${sha256('sk-b').toUpperCase()}`, 'sk-b2'])
    const table = await builder.finish()
    expect(table.byCredential(credential('sk-a'))?.id).toBe('a')
    expect(table.byCredential(credential('sk-b'))?.id).toBe('b')
    expect(table.byCredential(credential('sk-b'))?.id).toBe('b')
    expect(table.byCredential(credential('sk-b2'))?.id).toBe('b')
    expect(table.byId('b')?.id).toBe('b')
    expect(table.size).toBe(2)
  })

  it('does not take the hash of a credential for the credential', async () => {
    const builder = createAccountTable()
    builder.add(anAccount({ id: 'a' }), ['sk-a'])
    const table = await builder.finish()
    expect(table.byCredential(credential(`sha256:${sha256('sk-a')}`))).toBeUndefined()
    expect(table.byCredential(credential(sha256('sk-a')))).toBeUndefined()
    expect(table.byCredential(credential(''))).toBeUndefined()
  })

  it('names what is doubled and keeps nothing of the second one', async () => {
    const builder = createAccountTable()
    expect(builder.add(anAccount({ id: 'a' }), ['sk-a'])).toBeUndefined()
    expect(builder.add(anAccount({ id: 'a' }), ['sk-x'])).toEqual({ doubled: 'id' })
    const stolen = builder.add(anAccount({ id: 'b' }), ['sk-b', `sha256:${sha256('sk-a')}`])
    expect(stolen).toEqual({ doubled: 'credential', of: 'a' })
    expect(builder.add(anAccount({ id: 'c' }), ['sk-c', 'sk-c'])).toEqual({
      doubled: 'credential',
      of: 'c',
    })
    const table = await builder.finish()
    expect(table.size).toBe(1)
    for (const secret of ['sk-x', 'sk-b', 'sk-c']) {
      expect(table.byCredential(credential(secret))).toBeUndefined()
    }
  })

  it('counts the entities that share an instrument, and believes a larger count', async () => {
    const builder = createAccountTable()
    const payment = { instrument: 'card' }
    builder.add(anAccount({ id: 'a', payment }), [])
    builder.add(anAccount({ id: 'b', entity: 'org', payment }), [])
    builder.add(anAccount({ id: 'c', entity: 'org', payment }), [])
    builder.add(anAccount({ id: 'd', payment: { ...payment, instrument_entities: 9 } }), [])
    builder.add(anAccount({ id: 'e', payment: { ...payment, instrument_entities: 1 } }), [])
    const table = await builder.finish()
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => table.byId(id)?.instrumentEntities)).toEqual([
      4, 4, 4, 9, 4,
    ])
  })
})

describe('the counter of instruments', () => {
  it('counts distinct entities', () => {
    const counter = createInstrumentCounter()
    for (const entity of ['a', 'a', 'b', 'c', 'b']) counter.add('card', entity)
    counter.add('other', 'a')
    expect(['card', 'other', 'none'].map((name) => counter.entities(name))).toEqual([3, 1, 0])
  })
})
