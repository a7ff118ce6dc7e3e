import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/core/problem.ts'
import { mapJsonLine } from '../../../src/signals/account-line-map.ts'
import { parseAccountLine } from '../../../src/signals/account-line.ts'
import { sharedRows } from '../../support/shared-data.ts'

const problemsOf = (text: string): string[] => {
  const parsed = parseAccountLine('accounts.jsonl', 7, text)
  return parsed.ok ? [] : parsed.problems.map(formatProblem)
}

describe('a line of the accounts file', () => {
  it('reads the form the documentation shows', () => {
    const parsed = parseAccountLine(
      'accounts.jsonl',
      1,
      JSON.stringify({
        id: 'acct_1',
        credentials: ['sk-abc', `sha256:${'0f'.repeat(32)}`],
        entity: 'org_1',
        created_at: 1_776_816_000_000,
        signup: {
          at: 1_776_816_000_000,
          ip: '::ffff:203.0.113.7',
          user_agent: 'Mozilla/5.0',
          email_pattern: 'a{6}@mail.example',
        },
        settled: [{ at: 1_776_816_000_000, usd: 20 }],
        account: {
          active_days: 31,
          status: 'active',
          plan: 'pro',
          country: 'DE',
          verified: 'email',
        },
        payment: {
          status: 'card',
          funding: 'prepaid',
          issuer: '411111',
          country: 'DE',
          instrument: 'fp_1',
          disputes: 0,
        },
      }),
    )
    expect(parsed.ok && parsed.record.signup?.ip).toBe('203.0.113.7')
  })

  it('reports every problem at once, each with its column and what to write instead', () => {
    expect(
      problemsOf(
        '{"id":"acct 1","plan":"pro","created_at":1776816000,"account":{"country":"de","verified":"sms"}}',
      ),
    ).toEqual([
      'accounts.jsonl:7:2: id: not a plain identifier; write 1 to 256 printable ASCII characters without blanks',
      'accounts.jsonl:7:29: created_at: before the year 2000; write milliseconds since 1970, not seconds',
      'accounts.jsonl:7:64: account.country: not a country code; write two capital letters of ISO 3166-1, such as DE',
      'accounts.jsonl:7:79: account.verified: not one of the allowed values; write one of "none", "email", "phone", "business", "identity"',
      'accounts.jsonl:7:16: unknown key "plan"; remove it or correct its spelling',
    ])
  })

  it('refuses more of a card than its issuer, and does not repeat it', () => {
    const problems = problemsOf('{"id":"a","payment":{"issuer":"4111111111111111"}}')
    expect(problems).toEqual([
      'accounts.jsonl:7:22: payment.issuer: not an issuer identification number; write the first 6 to 8 digits of the card as text',
    ])
  })

  it('says where a line stops being JSON', () => {
    expect(problemsOf('{"id":"acct_1",}')).toEqual([
      'accounts.jsonl:7:16: not valid JSON; write one JSON object a line',
    ])
    expect(problemsOf('{"id":"acct_1"')[0]).toContain(':7:15:')
    expect(problemsOf('{"id":acct_1}')[0]).toContain(':7:7:')
    expect(problemsOf('{"id":"acct_1"} {')[0]).toContain(':7:17:')
  })

  it('refuses counts that follow from the list of payments', () => {
    expect(problemsOf('{"id":"a","settled":[],"payment":{"settled_count":2}}')).toEqual([
      'accounts.jsonl:7:35: payment.settled_count: follows from the list "settled"; remove this key or that list',
    ])
  })

  it('refuses null, a list, a number and nothing in place of an account', () => {
    for (const text of ['null', '[]', '5', '""', '{}']) expect(problemsOf(text)).not.toEqual([])
    expect(problemsOf('{"id":"a","entity":null}')).toEqual([
      'accounts.jsonl:7:11: entity: expected string; write a string, or leave the key out',
    ])
  })

  it('says so where a key of a refused line stands twice', () => {
    expect(problemsOf('{"id":"a","id":"b","x":1}').join()).toContain(':7:11: this key stands twice')
  })

  it('never quotes a credential', () => {
    for (const text of [
      '{"id":"a","credentials":["sk-secret one"]}',
      '{"id":"a","credentials":["sha256:sk-secret"]}',
      '{"id":"a","credentials":[sk-secret]}',
      '{"id":"a","credentials":"sk-secret"}',
      'sk-secret',
    ]) {
      expect(problemsOf(text)).not.toEqual([])
      expect(problemsOf(text).join()).not.toContain('secret')
    }
  })
})

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the map of a line', () => {
  it('finds no fault exactly where the JSON parser finds none', () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '0', '\\', ' ', 'e'))
      .map(([json, at, by]) => {
        const place = at % (json.length + 1)
        return json.slice(0, place) + by + json.slice(place + 1)
      })
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutated), (text) => {
        expect(mapJsonLine(text).brokenAt === undefined).toBe(isJson(text))
      }),
      { numRuns: 2_000 },
    )
  })

  it('agrees with the JSON parser on the public parsing suite', () => {
    const rows = sharedRows<{ readonly name: string; readonly bytes_b64: string }>(
      'parsers/json_test_suite.jsonl.gz',
    )
    const own = ['[1,]', '{"a" "b"}', '["\t"]', '[-01]', '[1e]', '{"a":1,}', ' [] ', '"\\u12"']
    const disagreements = [
      ...rows.map(({ bytes_b64 }) => Buffer.from(bytes_b64, 'base64').toString()),
      ...own,
    ].filter((text) => (mapJsonLine(text).brokenAt === undefined) !== isJson(text))
    expect(disagreements).toEqual([])
  })

  it('finds the places of keys and elements', () => {
    const text = '{ "a": [1, {"b": 2}], "c": 3 }'
    const map = mapJsonLine(text)
    expect(text.slice(map.offsetOf(['a', 1, 'b'])).startsWith('"b"')).toBe(true)
    expect(text.slice(map.offsetOf(['c'])).startsWith('"c"')).toBe(true)
    expect(text.slice(map.offsetOf(['a', 0])).startsWith('1,')).toBe(true)
    expect(map.offsetOf(['nowhere', 'b'])).toBe(0)
  })
})
