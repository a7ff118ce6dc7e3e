import { describe, expect, it } from 'vitest'
import type { Offered } from '../../../src/core/challenge.ts'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { refusalOf } from '../../../src/guard/refuse.ts'
import { aCall } from '../../support/a-call.ts'
import { aRuling } from '../../support/an-event.ts'

const call = aCall()
const url = 'https://api.example.com/.stillwatch/challenges/c1'
const puzzle = { parameters: { algorithm: 'PBKDF2/SHA-256' }, signature: 'ab' }
const offered = (kind: 'proof_of_work' | 'human' | 'step_up'): Offered => ({
  kind: 'offer',
  offer: {
    id: 'c1',
    name: 'n1',
    kind,
    url,
    expiresMs: 1_776_816_600_000,
    ...(kind === 'proof_of_work' && { puzzle }),
  },
})
const challenged = (offer: Offered) =>
  refusalOf({ ...aRuling({ verdict: 'challenge', rule: 'prove-it' }), offered: offer }, call)
const told = {
  id: 'c1',
  kind: 'proof_of_work',
  url,
  expires_at: '2026-04-22T00:10:00.000Z',
  puzzle,
}
const headersOf = (rawHeaders: readonly string[]): Map<string, string> =>
  new Map(
    rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [])),
  )

describe('a challenged caller', () => {
  it.each([
    ['openai', openai, (body: { error: { challenge: unknown } }) => body.error.challenge],
    ['anthropic', anthropic, (body: { error: { challenge: unknown } }) => body.error.challenge],
  ] as const)('finds the challenge in the error of %s', (_name, dialect, challengeOf) => {
    const { status, rawHeaders, body } = dialect.refuse(challenged(offered('proof_of_work')))
    expect(status).toBe(403)
    expect(headersOf(rawHeaders).get('x-should-retry')).toBe('false')
    // The shape is the dialect's own, which its contract tests check.
    const parsed = JSON.parse(Buffer.from(body).toString()) as Parameters<typeof challengeOf>[0]
    expect(challengeOf(parsed)).toEqual(told)
  })

  it('finds it among the details of gemini', () => {
    const { status, body } = gemini.refuse(challenged(offered('proof_of_work')))
    expect(status).toBe(403)
    const parsed = JSON.parse(Buffer.from(body).toString()) as {
      error: { details: readonly { '@type': string }[] }
    }
    expect(parsed.error.details).toContainEqual({ '@type': 'stillwatch.Challenge', ...told })
  })

  it.each(['proof_of_work', 'human', 'step_up'] as const)(
    'is told by a sentence where to go for %s, and that nothing was charged',
    (kind) => {
      const { message } = challenged(offered(kind))
      expect(message.endsWith(`Open: ${url}`)).toBe(true)
      expect(message).toContain('Nothing was charged')
      expect(message).toContain(call.id)
    },
  )

  it('who asks for too many is told to wait, and gets none', () => {
    expect(challenged({ kind: 'limited', retryAfterMs: 30_000 })).toMatchObject({
      status: 429,
      code: 'challenge_limited',
      retryAfterMs: 30_000,
    })
  })

  it('is only refused where nobody issues challenges', () => {
    const refusal = refusalOf(aRuling({ verdict: 'challenge' }), call)
    expect(refusal).toMatchObject({ status: 403, code: 'challenge_required' })
    expect(refusal.challenge).toBeUndefined()
  })
})
