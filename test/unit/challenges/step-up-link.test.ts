import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createStepUp } from '../../../src/challenges/step-up.ts'
import { aStepUp, createStepUpWorld } from '../../support/step-up-world.ts'

const SECRET = 'a secret of the console, long enough to be one'
const URL_OF_CONSOLE = 'https://console.example.com/confirm'

const stepUp = (over: { readonly url?: string; readonly secrets?: readonly string[] } = {}) => {
  const world = createStepUpWorld()
  return {
    ...world,
    ...createStepUp({ ...world, url: URL_OF_CONSOLE, secrets: [SECRET], ...over }),
  }
}

/** The five lines of the documentation, run as they stand there. */
const CONSOLE = `
import hmac, sys, time
from urllib.parse import urlsplit, parse_qsl
secret, link = sys.argv[1].encode(), sys.argv[2]
q = dict(parse_qsl(urlsplit(link).query, strict_parsing=True))
names = ['challenge', 'account', 'subject', 'decision', 'expires']
texts = ['stillwatch step-up link 1'] + [q.get(name, '') for name in names]
signed = b''.join(b'%d:%s' % (len(t.encode()), t.encode()) for t in texts)
right = hmac.new(secret, signed, 'sha256').hexdigest()
valid = hmac.compare_digest(right, q['sig']) and time.time() <= int(q['expires'])
print(valid)
`
const consoleSays = (secret: string, link: string): string =>
  execFileSync('python3', ['-c', CONSOLE, secret, link], { encoding: 'utf8' }).trim()

describe('the link into the operator’s console', () => {
  const future = Date.now() + 3_600_000

  it('names the challenge, the account, the decision and the end, and a console can verify it', () => {
    const { linkFor, seal } = stepUp()
    const issued = aStepUp(Date.now(), { expiresMs: future, subject: 'a:acct_1&x=ü 🙂' })
    const id = seal(aStepUp(Date.now()))
    const link = linkFor(issued, id) ?? ''
    const { origin, pathname, searchParams } = new URL(link)
    expect(`${origin}${pathname}`).toBe(URL_OF_CONSOLE)
    expect(Object.fromEntries(searchParams)).toEqual({
      challenge: id,
      account: 'acct_1&x=ü 🙂',
      decision: issued.decision,
      expires: String(Math.floor(future / 1_000)),
      sig: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(consoleSays(SECRET, link)).toBe('True')
    expect(consoleSays(`${SECRET}.`, link)).toBe('False')
  })

  it('names the hash of the credential where there is no account', () => {
    const { linkFor } = stepUp()
    const link = linkFor(aStepUp(0, { subject: 'c:hash', expiresMs: future }), 'sealed') ?? ''
    const query = new URL(link).searchParams
    expect([query.get('account'), query.get('subject')]).toEqual([null, 'hash'])
    expect(consoleSays(SECRET, link)).toBe('True')
  })

  it.each(['challenge', 'account', 'decision', 'expires', 'sig'])(
    'is no longer valid with another %s',
    (name) => {
      const { linkFor } = stepUp()
      const link = new URL(linkFor(aStepUp(0, { expiresMs: future }), 'sealed') ?? '')
      const was = link.searchParams.get(name) ?? ''
      link.searchParams.set(name, name === 'sig' ? '0'.repeat(64) : `${was}0`)
      expect(consoleSays(SECRET, link.href)).toBe('False')
    },
  )

  it('does not let a text move from one field into another', () => {
    const { linkFor } = stepUp()
    const link = new URL(
      linkFor(aStepUp(0, { subject: 'a:ab', decision: 'c', expiresMs: future }), 'sealed') ?? '',
    )
    link.searchParams.set('account', 'a')
    link.searchParams.set('decision', 'bc')
    expect(consoleSays(SECRET, link.href)).toBe('False')
    link.searchParams.delete('account')
    link.searchParams.set('subject', 'ab')
    link.searchParams.set('decision', 'c')
    expect(consoleSays(SECRET, link.href)).toBe('False')
  })

  it('is signed with the first secret, in the form of Standard Webhooks too', () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef')
    const { linkFor } = stepUp({ secrets: [`whsec_${key.toString('base64')}`, SECRET] })
    const link = linkFor(aStepUp(0, { expiresMs: future }), 'sealed') ?? ''
    expect(consoleSays(key.toString(), link)).toBe('True')
  })

  it('is not there without a url, without secrets, or for another kind', () => {
    const { clock, answering, ledger, linkFor } = stepUp()
    const issued = aStepUp(clock.now())
    const parts = { answering, ledger, clock }
    expect(createStepUp({ ...parts, secrets: [SECRET] }).linkFor(issued, 'x')).toBeUndefined()
    expect(createStepUp({ ...parts, url: URL_OF_CONSOLE }).linkFor(issued, 'x')).toBeUndefined()
    expect(linkFor({ ...issued, kind: 'human' }, 'x')).toBeUndefined()
  })

  it('says at the start that a secret cannot be read', () => {
    expect(() => stepUp({ secrets: ['whsec_not base64, however long it may be'] })).toThrow(
      /whsec_/,
    )
  })
})
