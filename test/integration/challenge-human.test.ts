import { describe, expect, it, onTestFinished } from 'vitest'
import type { HumanProblem } from '../../src/challenges/human-trouble.ts'
import { createHuman, type HumanOptions } from '../../src/challenges/human.ts'
import type { Answer } from '../../src/core/challenge.ts'
import { createFakeClock } from '../support/clock.ts'
import { aStepUp } from '../support/step-up-world.ts'
import { startStandInVendor, VENDOR_SECRET } from '../support/stand-in-vendor.ts'
import { until } from '../support/wait.ts'

const SITE_KEY = 'site-key-of-the-operator'
const PAGE = 'gateway.example.com'
const FROM = { address: '192.0.2.7', network: 'n', asn: 64_500, credential: undefined }

const issued = aStepUp(0, { kind: 'human' })
const another = aStepUp(0, { kind: 'human' })

const scene = async (
  vendor: 'turnstile' | 'hcaptcha' = 'turnstile',
  over: Partial<HumanOptions> = {},
) => {
  const standIn = await startStandInVendor(vendor)
  const problems: HumanProblem[] = []
  const clock = createFakeClock()
  const human = createHuman({
    vendor,
    secretKey: VENDOR_SECRET,
    siteKey: SITE_KEY,
    hostnames: [PAGE],
    verifyUrl: standIn.url,
    timeoutMs: 5_000,
    posture: 'closed',
    clock,
    onProblem: (problem) => void problems.push(problem),
    ...over,
  })
  onTestFinished(async () => {
    await human.close()
    await standIn.close()
  })
  const verify = (answer: Answer, of = issued) => human.verify(of, answer, FROM)
  const solve = (token: string, about: object = {}): void =>
    standIn.solve(token, {
      hostname: PAGE,
      action: 'stillwatch',
      cdata: issued.id,
      sitekey: SITE_KEY,
      ...about,
    })
  return { ...standIn, problems, clock, verify, solve }
}

describe('a person who was verified by Turnstile', () => {
  it('passes, and the vendor was asked as it documents', async () => {
    const { verify, solve, forms, problems } = await scene()
    solve('0.good-token_1')
    expect(await verify({ token: '0.good-token_1' })).toBe('passed')
    expect(forms).toEqual([
      {
        secret: VENDOR_SECRET,
        response: '0.good-token_1',
        remoteip: '192.0.2.7',
        idempotency_key: expect.stringMatching(
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        ),
      },
    ])
    expect(problems).toEqual([])
  })

  it('passes again for the same challenge where our ledger failed, and never for another one', async () => {
    const { verify, solve } = await scene()
    solve('once')
    expect(await verify({ token: 'once' })).toBe('passed')
    expect(await verify({ token: 'once' })).toBe('passed')
    expect(await verify({ token: 'once' }, another)).toBe('wrong')
  })

  it.each<[string, object, string]>([
    ['for another challenge', { cdata: another.id }, 'not_yours'],
    ['for no challenge', { cdata: undefined }, 'not_yours'],
    ['for another action', { action: 'login' }, 'wrong'],
    ['for no action', { action: undefined }, 'wrong'],
    ['on another site', { hostname: 'evil.example' }, 'wrong'],
    ['below our site', { hostname: `${PAGE}.evil.example` }, 'wrong'],
    ['nowhere', { hostname: undefined }, 'wrong'],
    ['where nobody says', { hostname: 'not-provided' }, 'wrong'],
    ['on our site in capitals', { hostname: PAGE.toUpperCase() }, 'passed'],
  ])('%s', async (_, about, wanted) => {
    const { verify, solve } = await scene()
    solve('token', about)
    expect(await verify({ token: 'token' })).toBe(wanted)
  })

  it('tells the operator once a minute that tokens come from elsewhere, not from where', async () => {
    const { verify, solve, problems, clock } = await scene()
    for (const token of ['a', 'b']) {
      solve(token, { hostname: 'renamed.example' })
      expect(await verify({ token })).toBe('wrong')
    }
    expect(problems).toEqual([{ kind: 'human_answers_foreign' }])
    clock.advance(60_000)
    solve('c', { hostname: 'renamed.example' })
    await verify({ token: 'c' })
    expect(problems).toHaveLength(2)
  })
})

describe('a person who was verified by hCaptcha', () => {
  it('passes with a token of our site key', async () => {
    const { verify, solve, forms } = await scene('hcaptcha')
    solve('P1_eyJ0eXAi.aaa-bbb')
    expect(await verify({ token: 'P1_eyJ0eXAi.aaa-bbb' })).toBe('passed')
    expect(forms).toEqual([
      {
        secret: VENDOR_SECRET,
        response: 'P1_eyJ0eXAi.aaa-bbb',
        remoteip: '192.0.2.7',
        sitekey: SITE_KEY,
      },
    ])
    expect(await verify({ token: 'P1_eyJ0eXAi.aaa-bbb' })).toBe('wrong')
  })

  it('passes where hCaptcha does not provide the host name, and not from another one', async () => {
    const { verify, solve } = await scene('hcaptcha')
    solve('busy', { hostname: 'not-provided' })
    expect(await verify({ token: 'busy' })).toBe('passed')
    solve('elsewhere', { hostname: 'evil.example' })
    expect(await verify({ token: 'elsewhere' })).toBe('wrong')
  })

  it('does not pass with a token of another site key', async () => {
    const { verify, solve, problems } = await scene('hcaptcha', { posture: 'open' })
    solve('foreign', { sitekey: 'of-somebody-else' })
    expect(await verify({ token: 'foreign' })).toBe('unavailable')
    expect(problems).toEqual([{ kind: 'human_vendor_refusing', cause: 'sitekey-secret-mismatch' }])
  })
})

describe('an answer that is no token', () => {
  it.each<[string, Answer]>([
    ['nothing', {}],
    ['empty', { token: '' }],
    ['a number', { token: 1 }],
    ['a list', { token: ['a'] }],
    ['with spaces', { token: 'a b' }],
    ['with a line end', { token: 'a\n' }],
    ['markup', { token: '<script>' }],
    ['too long', { token: 'a'.repeat(2_049) }],
    ['with another field', { token: 'a', secret: 'mine' }],
  ])('%s, is malformed, and the vendor is not asked', async (_, answer) => {
    const { verify, forms } = await scene('turnstile', { posture: 'open' })
    expect(await verify(answer)).toBe('malformed')
    expect(forms).toEqual([])
  })
})

describe('a vendor that says no', () => {
  it.each(['missing-input-response', 'invalid-input-response', 'timeout-or-duplicate'])(
    'with %s: the answer is wrong, in either posture',
    async (code) => {
      const { verify, misbehave, problems } = await scene('turnstile', { posture: 'open' })
      misbehave((response) =>
        response.end(JSON.stringify({ success: false, 'error-codes': [code] })),
      )
      expect(await verify({ token: 'a' })).toBe('wrong')
      expect(problems).toEqual([])
    },
  )

  it.each(['expired-input-response', 'already-seen-response', 'invalid-or-already-seen-response'])(
    'with %s of hCaptcha: the answer is wrong',
    async (code) => {
      const { verify, misbehave } = await scene('hcaptcha', { posture: 'open' })
      misbehave((response) =>
        response.end(JSON.stringify({ success: false, 'error-codes': [code] })),
      )
      expect(await verify({ token: 'a' })).toBe('wrong')
    },
  )

  it.each(['missing-input-secret', 'invalid-input-secret', 'bad-request', 'something-new'])(
    'with %s: nothing passes, in either posture, and the operator is told',
    async (code) => {
      const { verify, misbehave, problems } = await scene('turnstile', { posture: 'open' })
      misbehave((response) =>
        response.end(JSON.stringify({ success: false, 'error-codes': [code] })),
      )
      expect(await verify({ token: 'a' })).toBe('unavailable')
      expect(await verify({ token: 'b' })).toBe('unavailable')
      expect(problems).toEqual([{ kind: 'human_vendor_refusing', cause: code }])
    },
  )

  it.each<[string, object]>([
    ['no codes at all', { success: false }],
    ['codes that are none', { success: false, 'error-codes': 'invalid' }],
  ])('with %s: the answer is wrong', async (_, body) => {
    const { verify, misbehave } = await scene('turnstile', { posture: 'open' })
    misbehave((response) => response.end(JSON.stringify(body)))
    expect(await verify({ token: 'a' })).toBe('wrong')
  })

  it('by a status of 400 without its words: nothing passes in either posture', async () => {
    const { verify, misbehave } = await scene('turnstile', { posture: 'open' })
    misbehave((response) => response.writeHead(400).end('no'))
    expect(await verify({ token: 'a' })).toBe('unavailable')
    misbehave((response) => response.writeHead(403).end(JSON.stringify({ success: true })))
    expect(await verify({ token: 'a' })).toBe('unavailable')
  })
})

describe('a vendor that fails', () => {
  const good = { success: true, hostname: PAGE, action: 'stillwatch', cdata: issued.id }
  const failures: readonly [
    string,
    Parameters<Awaited<ReturnType<typeof scene>>['misbehave']>[0],
    string,
  ][] = [
    [
      'a status of 500',
      (response) => response.writeHead(500).end(JSON.stringify(good)),
      'http 500',
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: '/siteverify' }).end(),
      'http 302',
    ],
    ['a page', (response) => response.end('<html>sorry</html>'), 'garbage'],
    ['success in words', (response) => response.end('{"success":"true"}'), 'garbage'],
    ['no success', (response) => response.end('{}'), 'garbage'],
    ['a list', (response) => response.end('[{"success":true}]'), 'garbage'],
    [
      'success and an error',
      (response) => response.end(JSON.stringify({ ...good, 'error-codes': ['internal-error'] })),
      'garbage',
    ],
    [
      'its own error',
      (response) => response.end('{"success":false,"error-codes":["internal-error"]}'),
      'internal-error',
    ],
    [
      'a body of 1 MB',
      (response) => response.end(JSON.stringify({ ...good, more: 'x'.repeat(1e6) })),
      'UND_ERR_RES_EXCEEDED_MAX_SIZE',
    ],
    [
      'a compressed body',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      'COMPRESSED_ANSWER',
    ],
    ['a connection that is cut', (response) => response.destroy(), 'UND_ERR_SOCKET'],
    [
      'a body that is cut',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"success":true,', () => response.destroy())
      },
      'UND_ERR_SOCKET',
    ],
  ]

  it.each(failures)('by %s: closed asks to try again', async (_, how, cause) => {
    const { verify, misbehave, problems } = await scene()
    misbehave(how)
    expect(await verify({ token: 'a' })).toBe('unavailable')
    expect(problems).toEqual([{ kind: 'human_vendor_failing', cause, isOpen: false }])
  })

  it.each(failures)(
    'by %s: open takes the answer, and the operator is told',
    async (_, how, cause) => {
      const { verify, misbehave, problems } = await scene('turnstile', { posture: 'open' })
      misbehave(how)
      expect(await verify({ token: 'a' })).toBe('passed')
      expect(problems).toEqual([{ kind: 'human_vendor_failing', cause, isOpen: true }])
    },
  )

  it.each<
    [
      string,
      'closed' | 'open',
      string,
      (response: { writeHead(status: number): unknown; write(text: string): unknown }) => void,
    ]
  >([
    ['says nothing', 'closed', 'unavailable', () => undefined],
    ['says nothing', 'open', 'passed', () => undefined],
    [
      'never comes to an end',
      'closed',
      'unavailable',
      (response) => {
        response.writeHead(200)
        response.write('{"success":')
      },
    ],
  ])('by that it %s (%s): the time-out ends it', async (_, posture, wanted, how) => {
    const { verify, misbehave, problems } = await scene('turnstile', { posture, timeoutMs: 200 })
    misbehave((response) => how(response))
    expect(await verify({ token: 'a' })).toBe(wanted)
    expect(problems).toMatchObject([{ kind: 'human_vendor_failing', cause: 'timeout' }])
  })

  it('is told of once, and so is its return with what was taken meanwhile', async () => {
    const { verify, solve, misbehave, problems } = await scene('turnstile', { posture: 'open' })
    misbehave((response) => response.writeHead(503).end())
    for (const token of ['a', 'b', 'c']) await verify({ token })
    misbehave()
    solve('good')
    expect(await verify({ token: 'good' })).toBe('passed')
    expect(problems).toEqual([
      { kind: 'human_vendor_failing', cause: 'http 503', isOpen: true },
      { kind: 'human_vendor_recovered', failures: 3, taken: 3 },
    ])
  })

  it('that cannot be reached at all is the same', async () => {
    const { verify, close, problems } = await scene()
    await close()
    expect(await verify({ token: 'a' })).toBe('unavailable')
    expect(problems).toMatchObject([{ kind: 'human_vendor_failing', cause: 'ECONNREFUSED' }])
  })

  it.each(['closed', 'open'] as const)(
    'by a status of 429: nobody passes for having us ask too often (%s)',
    async (posture) => {
      const { verify, misbehave, problems } = await scene('turnstile', { posture })
      misbehave((response) => response.writeHead(429).end())
      expect(await verify({ token: 'a' })).toBe('unavailable')
      expect(problems).toMatchObject([{ kind: 'human_vendor_failing', cause: 'http 429' }])
    },
  )

  it('is not opened by a crowd: it is asked no more than 32 questions at a time, and none of them waits', async () => {
    const { verify, misbehave } = await scene('turnstile', { posture: 'open' })
    const waiting: (() => void)[] = []
    const no = JSON.stringify({ success: false, 'error-codes': ['invalid-input-response'] })
    misbehave((response) => void waiting.push(() => response.end(no)))
    const crowd = Array.from({ length: 32 }, (_, n) => verify({ token: `t${n}` }))
    expect(await verify({ token: 'one-more' })).toBe('unavailable')
    // All are asked before the first one is answered: each has a connection of its own.
    await until('all of the crowd are asked', () => waiting.length === 32)
    for (const go of waiting.splice(0)) go()
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['wrong']))
  })

  it('tells of no token, key or address', async () => {
    const { verify, misbehave, problems } = await scene()
    misbehave((response) =>
      response.end(`{"success":false,"error-codes":["${VENDOR_SECRET} 192.0.2.7"]}`),
    )
    await verify({ token: 'a-token' })
    misbehave((response) => response.writeHead(500).end(VENDOR_SECRET))
    await verify({ token: 'a-token' })
    const told = JSON.stringify(problems)
    for (const secret of [VENDOR_SECRET, '192.0.2.7', 'a-token']) expect(told).not.toContain(secret)
  })
})
