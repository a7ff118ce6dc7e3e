import { describe, expect, it } from 'vitest'
import { createTraits } from '../../src/campaigns/traits/traits.ts'
import { aReader, reading } from '../support/a-reader.ts'

const reader = aReader({
  maxBodyBytes: 40_000_000,
  traits: createTraits({ rootKey: new Uint8Array(32) }),
})

const PLAIN_HEADERS = ['host', 'api.test', 'authorization', 'Bearer sk-a']

const SYSTEM =
  'You are an agent that works for one user.\nWorking directory: /srv/app\nPlatform: linux'
const TASK = 'Please find out why the harbour test fails and repair it.'

const HEADERS = [...PLAIN_HEADERS, 'content-type', 'application/json', 'x-stainless-os', 'MacOS']

const chat = async (messages: unknown, changes: object = {}) =>
  reading(
    {
      body: JSON.stringify({ model: 'm', messages, ...changes }),
      rawHeaders: HEADERS,
    },
    reader,
  )

describe('a call that was read', () => {
  it('has the traits of its prompt', async () => {
    const messages = [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: TASK },
    ]
    const { call: first } = await chat(messages)
    expect(first?.traits).toMatchObject({ root: true, contradicts: true, capability: 'agent' })
    expect(first?.traits?.template).toBeDefined()
    const answered = [...messages, { role: 'assistant', content: 'How?' }]
    const { call: second } = await chat([...answered, { role: 'user', content: 'Look first.' }])
    expect(second?.traits?.root).toBe(false)
    expect(second?.traits?.before).toBe(first?.traits?.after)
  })

  it('has none where its route carries no prompt, or nobody asks for them', async () => {
    const request = {
      method: 'GET',
      target: '/v1/models',
      rawHeaders: PLAIN_HEADERS,
    }
    const { call } = await reading(request, reader)
    expect(call?.traits).toBeUndefined()
    const plain = await reading({
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: TASK }] }),
    })
    expect(plain.call).toBeDefined()
    expect(plain.call?.traits).toBeUndefined()
  })

  it.each([
    [
      'a hundred thousand turns',
      Array.from({ length: 100_000 }, () => ({ role: 'user', content: 'a b c d e' })),
    ],
    ['a turn of 30 MB', [{ role: 'user', content: 'harbour '.repeat(3_750_000) }]],
    ['a system prompt of 30 MB', [{ role: 'system', content: 'you '.repeat(7_500_000) }]],
    ['quotations that never end', [{ role: 'system', content: '“«「"`'.repeat(50_000) }]],
    ['one line of labels', [{ role: 'user', content: 'cwd: '.repeat(100_000) }]],
    ['lone halves of signs', [{ role: 'user', content: '\ud800\udc00\udc00 '.repeat(10_000) }]],
    ['no message at all', 'messages'],
    ['messages of all types', [null, 1, 'x', [], { role: [] }, { role: 'user', content: {} }]],
  ])('has traits or a fault of its caller, for %s', async (_what, messages) => {
    const { call, fault } = await chat(messages)
    expect(call?.traits !== undefined || fault !== undefined).toBe(true)
  })
})
