import { describe, expect, it } from 'vitest'
import { Facts, UNKNOWN } from '../../../src/core/facts.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import { createRequestFacts } from '../../../src/signals/request-facts.ts'
import { aCall } from '../../support/a-call.ts'

const fill = createRequestFacts({
  stackHash: createKeyedHash(new Uint8Array(32), 'client stack'),
  edgeHeaders: ['x-edge-ja4'],
})
const factsOf = (...call: Parameters<typeof aCall>): Facts => {
  const facts = new Facts()
  fill(aCall(...call), facts)
  return facts
}
const stackOf = (...rawHeaders: string[]): unknown => factsOf({ rawHeaders }).get('caller.stack')

const SDK = ['Host', 'h', 'Accept', 'a', 'User-Agent', 'OpenAI/JS 7.55.0', 'X-Stainless-Lang', 'js']

describe('the facts a call brings itself', () => {
  it('fills caller and request', () => {
    const facts = factsOf({ rawHeaders: SDK, ask: { maxTokens: 50, tools: 2, stream: true } })
    const stack = facts.known('caller.stack') ?? ''
    expect(stack).toMatch(/^[\w-]{22}$/)
    expect(facts.toJSON()).toEqual({
      'caller.ip': '203.0.113.7',
      'caller.network': '203.0.113.0/24',
      'caller.credential': 'credential-hash',
      'caller.user_agent': 'OpenAI/JS 7.55.0',
      'caller.client': 'openai-js/7.55.0',
      'caller.stack': stack,
      'request.dialect': 'openai',
      'request.path': '/v1/chat/completions',
      'request.kind': 'generate',
      'request.model': 'm-1',
      'request.stream': true,
      'request.max_tokens': 50,
      'request.candidates': 1,
      'request.tools': 2,
      'request.reasoning': false,
      'request.input_tokens_estimate': 8,
    })
  })

  it('leaves what the caller did not say unknown, never zero or empty', () => {
    const facts = factsOf({
      credential: undefined,
      rawHeaders: ['host', 'h'],
      ask: { model: undefined, maxTokens: undefined },
    })
    for (const name of [
      'caller.credential',
      'caller.user_agent',
      'caller.client',
      'request.model',
      'request.max_tokens',
    ] as const) {
      expect(facts.get(name), name).toBe(UNKNOWN.absent)
    }
  })

  it('leaves to the edge what only an edge can know', () => {
    const facts = factsOf({ rawHeaders: [...SDK, 'x-edge-ja4', 't13d'] })
    expect(facts.get('caller.ja4')).toBe(UNKNOWN.no_source)
    expect(facts.get('caller.rtt_gap_ms')).toBe(UNKNOWN.no_source)
  })

  it('takes the first of two user agents', () => {
    const facts = factsOf({ rawHeaders: ['user-agent', 'curl/8.5.0', 'User-Agent', 'node'] })
    expect(facts.get('caller.user_agent')).toBe('curl/8.5.0')
  })
})

describe('the stack of a client', () => {
  it('follows names, order and case, not values', () => {
    const stack = stackOf('Host', 'h', 'Accept', 'a', 'User-Agent', 'x')
    expect(stackOf('Host', 'other', 'Accept', 'b', 'User-Agent', 'y')).toBe(stack)
    expect(stackOf('Accept', 'a', 'Host', 'h', 'User-Agent', 'x')).not.toBe(stack)
    expect(stackOf('host', 'h', 'Accept', 'a', 'User-Agent', 'x')).not.toBe(stack)
    expect(stackOf('Host', 'h', 'Accept', 'a', 'User-Agent', 'x', 'X-New', '1')).not.toBe(stack)
  })

  it('is the same behind any hop, with any credential and any length', () => {
    const stack = stackOf(...SDK)
    const hops = ['Connection', 'close', 'X-Forwarded-For', '1', 'Via', 'v', 'CF-Ray', 'r']
    const own = ['Authorization', 'b', 'x-api-key', 'k', 'Content-Length', '9', 'X-Edge-JA4', 'j']
    expect(stackOf(...hops, ...SDK, ...own)).toBe(stack)
  })

  it('differs with the key of the installation', () => {
    const other = createRequestFacts({
      stackHash: createKeyedHash(new Uint8Array(32).fill(1), 'client stack'),
    })
    const facts = new Facts()
    other(aCall({ rawHeaders: SDK }), facts)
    expect(facts.get('caller.stack')).not.toBe(stackOf(...SDK))
  })

  it('tells sets of names apart that are made to look alike', () => {
    // Equal lengths and equal first and last letters throughout.
    expect(stackOf('x-aab', '1', 'user-agent', 'curl/1')).not.toBe(
      stackOf('x-bab', '1', 'user-agent', 'curl/1'),
    )
    expect(factsOf({ rawHeaders: ['uSer-agent', 'a/1'] }).get('caller.client')).toBe('a/1')
    expect(factsOf({ rawHeaders: ['uzer-agent', 'a/1'] }).get('caller.client')).toBe(UNKNOWN.absent)
  })
})
