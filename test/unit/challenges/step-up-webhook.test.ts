import { describe, expect, it } from 'vitest'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import { stepUpAnswer } from '../../../src/challenges/step-up-answer.ts'
import { createStepUp } from '../../../src/challenges/step-up.ts'
import type { Issued } from '../../../src/core/challenge.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'
import { aStepUp, createStepUpWorld, signedWebhook } from '../../support/step-up-world.ts'

const SECRET = 'a secret of the console, long enough to be one'
const HOUR_MS = 3_600_000

type Options = {
  readonly secrets?: readonly string[]
  readonly issued?: Partial<Issued>
  readonly forgetful?: boolean
}

/** A webhook, a challenge that it can be about, and who sends. */
const scene = ({ secrets = [SECRET], issued: over, forgetful = false }: Options = {}) => {
  const world = createStepUpWorld(
    // The table of this process hears nothing of what the ledger holds.
    forgetful ? { ledgerTable: createClearanceTable() } : {},
  )
  const { clock, table, ledger, seal } = world
  const stepUp = createStepUp({ ...world, secrets })
  const issued = aStepUp(clock.now(), over)
  const challenge = seal(issued)
  const receive = async (
    rawHeaders: readonly string[],
    body: Uint8Array,
  ): Promise<ReturnType<typeof stepUpAnswer>> =>
    stepUpAnswer(await stepUp.receive({ rawHeaders, body }))
  const send = (
    message: object | string,
    about: { readonly secret?: string | Buffer; readonly aheadMs?: number } = {},
  ) => {
    const { rawHeaders, body } = signedWebhook(message, {
      secret: about.secret ?? SECRET,
      nowMs: clock.now() + (about.aheadMs ?? 0),
    })
    return receive(rawHeaders, body)
  }
  const code = async (
    message: object | string,
    about: Parameters<typeof send>[1] = {},
  ): Promise<string> => {
    const { status, json } = await send(message, about)
    const { error } = json as { readonly error?: { readonly code: string } }
    return error === undefined ? String(status) : `${status} ${error.code}`
  }
  return { stepUp, clock, table, ledger, seal, issued, challenge, receive, send, code }
}

describe('the webhook of a step-up', () => {
  it('grants the clearance of the challenge, with the facts that were found', async () => {
    const { issued, challenge, send, ledger } = scene()
    const facts = { 'account.verified': 'identity', 'payment.verified': true }
    const answer = await send({ challenge, result: 'verified', facts })
    expect(answer).toEqual({
      status: 200,
      json: {
        clearance: issued.id,
        kind: 'step_up',
        result: 'verified',
        expires_at: new Date(issued.expiresMs + issued.lifetimeMs).toISOString(),
      },
    })
    expect(await ledger.of('a:acct_1')).toMatchObject([
      { id: issued.id, state: 'granted', facts, expiresMs: issued.expiresMs + issued.lifetimeMs },
    ])
  })

  it('refuses it by the word of the operator', async () => {
    const { challenge, send, ledger } = scene()
    expect(await send({ challenge, result: 'refused' })).toMatchObject({
      status: 200,
      json: { result: 'refused' },
    })
    expect(await ledger.of('a:acct_1')).toMatchObject([{ state: 'refused' }])
  })

  it('says the same to the same word again, also after the challenge has expired', async () => {
    const { challenge, send, clock, ledger } = scene({ forgetful: true })
    const message = { challenge, result: 'verified', facts: { 'account.status': 'active' } }
    const first = await send(message)
    expect(await send(message)).toEqual(first)
    clock.advance(2 * HOUR_MS)
    expect(await send(message)).toEqual(first)
    expect(await ledger.of('a:acct_1')).toHaveLength(1)
  })

  it('takes no second word that is another one', async () => {
    const { challenge, send, code, ledger } = scene()
    await send({ challenge, result: 'verified' })
    expect(await code({ challenge, result: 'refused' })).toBe('409 challenge_spent')
    expect(
      await code({ challenge, result: 'verified', facts: { 'account.verified': 'identity' } }),
    ).toBe('409 challenge_spent')
    expect(await ledger.of('a:acct_1')).toMatchObject([{ state: 'granted' }])
  })

  it('does not grant what was refused, nor again what was revoked', async () => {
    const { challenge, send, code, ledger } = scene()
    await send({ challenge, result: 'refused' })
    expect(await code({ challenge, result: 'verified' })).toBe('409 challenge_spent')
    const [refused] = await ledger.of('a:acct_1')
    if (refused !== undefined) await ledger.put({ ...refused, state: 'revoked' })
    expect(await code({ challenge, result: 'verified' })).toBe('409 challenge_spent')
    expect(await ledger.of('a:acct_1')).toMatchObject([{ state: 'revoked' }])
  })

  it('grants once of a hundred deliveries at once, and says 200 to all', async () => {
    const { challenge, send, ledger } = scene({ forgetful: true })
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send({ challenge, result: 'verified' })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await ledger.of('a:acct_1')).toHaveLength(1)
  })

  it('is asked to come again while the ledger is away, and is taken then', async () => {
    const { challenge, send, ledger } = scene()
    ledger.fail(true)
    expect(await send({ challenge, result: 'verified' })).toMatchObject({
      status: 503,
      retryAfterMs: expect.any(Number),
    })
    ledger.fail(false)
    expect(await send({ challenge, result: 'verified' })).toMatchObject({ status: 200 })
  })

  it('comes to nothing after the challenge has expired, and is not told 410', async () => {
    const { challenge, code, clock, ledger } = scene()
    clock.advance(HOUR_MS)
    expect(await code({ challenge, result: 'verified' })).toBe('409 challenge_expired')
    expect(await ledger.of('a:acct_1')).toEqual([])
  })

  it.each([
    ['five minutes ago', -299_000, '200'],
    ['more than that', -301_000, '401 webhook_stale'],
    ['five minutes ahead', 299_000, '200'],
    ['more than that ahead', 301_000, '401 webhook_stale'],
    ['an hour ago', -HOUR_MS, '401 webhook_stale'],
    ['an hour ahead', HOUR_MS, '401 webhook_stale'],
  ])('signed %s', async (_, aheadMs, wanted) => {
    const { challenge, code } = scene()
    expect(await code({ challenge, result: 'verified' }, { aheadMs })).toBe(wanted)
  })

  const bytes = Buffer.from('0123456789abcdef0123456789abcdef')
  it.each([
    ['the only secret', [SECRET], SECRET, '200'],
    ['the old one of two', [`${SECRET} new`, SECRET], SECRET, '200'],
    ['the new one of two', [`${SECRET} new`, SECRET], `${SECRET} new`, '200'],
    ['one that was taken away', [`${SECRET} new`], SECRET, '401 webhook_unsigned'],
    ['bytes of whsec_', [`whsec_${bytes.toString('base64')}`], bytes, '200'],
    [
      'the text of whsec_',
      [`whsec_${bytes.toString('base64')}`],
      bytes.toString('base64'),
      '401 webhook_unsigned',
    ],
    ['bytes of base64 alone, as libraries do', [bytes.toString('base64')], bytes, '200'],
    ['the text of base64', [bytes.toString('base64')], bytes.toString('base64'), '200'],
  ])('signed with %s', async (_, secrets, secret, wanted) => {
    const { challenge, code } = scene({ secrets })
    expect(await code({ challenge, result: 'verified' }, { secret })).toBe(wanted)
  })

  it('takes one right signature among several, and versions it does not know', async () => {
    const { challenge, receive, clock } = scene()
    const right = signedWebhook(
      { challenge, result: 'verified' },
      { secret: SECRET, nowMs: clock.now() },
    )
    const headers = [...right.rawHeaders]
    const signature = headers.pop() ?? ''
    const wrong = `v1,${Buffer.alloc(32).toString('base64')}`
    headers.push(`v1a,AAAA ${wrong} ${signature} v2,${'A'.repeat(43)}=`)
    expect(await receive(headers, right.body)).toMatchObject({ status: 200 })
  })

  it('takes one spelling of a signature: another one of the same bytes is wrong', async () => {
    const { challenge, receive, clock } = scene()
    const about = { secret: SECRET, nowMs: clock.now() }
    const { rawHeaders, body } = signedWebhook({ challenge, result: 'verified' }, about)
    const right = rawHeaders.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    // The last character before the `=` has two bits that stand for nothing.
    const spare = alphabet.charAt(alphabet.indexOf(right.at(-2) ?? '') + 1)
    const twin = `${right.slice(0, -2)}${spare}=`
    const bytesOf = (text: string): Buffer => Buffer.from(text.slice('v1,'.length), 'base64')
    expect(bytesOf(twin).equals(bytesOf(right))).toBe(true)
    expect(await receive([...rawHeaders.slice(0, -1), twin], body)).toMatchObject({ status: 401 })
  })

  it('takes the example of a signature that the libraries of Standard Webhooks test with', async () => {
    // From the tests of the reference libraries: this secret, id, time and body give this signature.
    const { receive, clock } = scene({ secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] })
    clock.advance(1_614_265_330_000 - clock.now())
    const rawHeaders = [
      'webhook-id',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp',
      '1614265330',
      'webhook-signature',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ]
    const { status, json } = await receive(rawHeaders, Buffer.from('{"test": 2432232314}'))
    // The signature fits; the body is of another webhook.
    expect([status, json]).toMatchObject([400, { error: { code: 'webhook_malformed' } }])
  })

  it.each<[string, (challenge: string) => object | string]>([
    ['no JSON', () => 'challenge=1'],
    ['a list', () => '[]'],
    ['nothing', () => ''],
    ['no result', (challenge) => ({ challenge })],
    ['another result', (challenge) => ({ challenge, result: 'granted' })],
    ['a field too many', (challenge) => ({ challenge, result: 'verified', kind: 'step_up' })],
    [
      'a fact it may not change',
      (challenge) => ({ challenge, result: 'verified', facts: { 'account.plan': 'pro' } }),
    ],
    [
      'a value that a fact cannot have',
      (challenge) => ({ challenge, result: 'verified', facts: { 'account.verified': 'yes' } }),
    ],
    [
      'a fact of another type',
      (challenge) => ({ challenge, result: 'verified', facts: { 'payment.verified': 'true' } }),
    ],
    [
      '__proto__',
      (challenge) =>
        `{"challenge":"${challenge}","result":"verified","facts":{"__proto__":{"account.verified":"identity"}}}`,
    ],
    ['a number for a challenge', () => ({ challenge: 1, result: 'verified' })],
    [
      'a challenge of 10 kB cut to size',
      () => ({ challenge: 'A'.repeat(2_001), result: 'verified' }),
    ],
  ])('with %s is malformed and grants nothing', async (_, message) => {
    const { challenge, code, ledger } = scene()
    expect(await code(message(challenge))).toBe('400 webhook_malformed')
    expect(await ledger.of('a:acct_1')).toEqual([])
  })

  it('is about step-ups only, and only about our own', async () => {
    const { code, seal, clock } = scene()
    const other = seal(aStepUp(clock.now(), { kind: 'human' }))
    expect(await code({ challenge: other, result: 'verified' })).toBe('400 challenge_malformed')
    expect(await code({ challenge: 'A'.repeat(200), result: 'verified' })).toBe(
      '400 challenge_malformed',
    )
  })

  it('is not there without secrets', async () => {
    const { code, challenge, ledger } = scene({ secrets: [] })
    expect(await code({ challenge, result: 'verified' })).toBe('404 not_found')
    expect(await ledger.of('a:acct_1')).toEqual([])
  })

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'is unsigned without %s, and with two of it',
    async (name) => {
      const { challenge, receive, clock } = scene()
      const { rawHeaders, body } = signedWebhook(
        { challenge, result: 'verified' },
        { secret: SECRET, nowMs: clock.now() },
      )
      const at = rawHeaders.findIndex((text) => text.toLowerCase() === name)
      const pair = rawHeaders.slice(at, at + 2)
      const without = rawHeaders.toSpliced(at, 2)
      expect(await receive(without, body)).toMatchObject({ status: 401 })
      expect(await receive([...rawHeaders, ...pair], body)).toMatchObject({ status: 401 })
      expect(await receive(rawHeaders, body)).toMatchObject({ status: 200 })
    },
  )

  const seed = 20_261_121
  it(`grants nothing for a webhook that was changed anywhere (seed ${seed})`, async () => {
    const random = createSeededRandom(seed)
    const { challenge, receive, clock, ledger } = scene()
    const { rawHeaders, body } = signedWebhook(
      { challenge, result: 'verified', facts: { 'account.verified': 'identity' } },
      { secret: SECRET, nowMs: clock.now() },
    )
    const flip = (text: string): string => {
      const at = random(text.length)
      const kinds = [
        text.slice(0, at) + text.slice(at + 1),
        text.slice(0, at) + String.fromCharCode(33 + random(94)) + text.slice(at),
        text.slice(0, at) +
          String.fromCharCode((text.charCodeAt(at) ^ (1 << random(6))) & 0x7f) +
          text.slice(at + 1),
      ]
      return kinds[random(kinds.length)] ?? ''
    }
    for (let round = 0; round < 3_000; round++) {
      const headers = [...rawHeaders]
      let sent = body
      const part = random(4)
      if (part === 0) sent = Buffer.from(flip(body.toString('latin1')), 'latin1')
      else headers[1 + 2 * part] = flip(headers[1 + 2 * part] ?? '')
      if (headers.join() === rawHeaders.join() && sent.equals(body)) continue
      const { status } = await receive(headers, sent)
      if (status < 400) {
        // Another spelling of the list may hold the right signature whole.
        const right = rawHeaders.at(-1) ?? ''
        expect([part, (headers.at(-1) ?? '').split(' ').includes(right)]).toEqual([3, true])
      } else expect([400, 401]).toContain(status)
    }
    const granted = await ledger.of('a:acct_1')
    expect(granted.length).toBeLessThanOrEqual(1)
    expect(await receive(rawHeaders, body)).toMatchObject({ status: 200 })
  })
})

describe('an answer of a caller to a step-up', () => {
  it('is never one', async () => {
    const { stepUp, issued } = scene()
    const from = { address: '192.0.2.1', network: 'n', asn: undefined, credential: undefined }
    expect(await stepUp.challenge.verify(issued, { result: 'verified' }, from)).toBe('malformed')
  })
})
