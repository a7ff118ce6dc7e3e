import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  withChallenges,
  type Options,
} from '../../../../src/http/challenges/client/stillwatch-client.js'
import {
  refusalOf,
  sendJson,
  startChallengingServer,
  type ChallengingServer,
} from '../../../support/challenging-server.ts'

const init = { method: 'POST', headers: { authorization: 'Bearer sk-one' }, body: '{}' }

/** As a program without types calls it. */
const untyped = (...args: readonly unknown[]): unknown =>
  Reflect.apply(withChallenges, undefined, args)

describe('options', () => {
  let server: ChallengingServer

  beforeEach(async () => {
    server = await startChallengingServer()
    server.handlers.call = async (response) => {
      const challenge = await server.challengeFor('nobody', { kind: 'human' })
      sendJson(response, 403, refusalOf('openai', challenge))
    }
  })
  afterEach(() => server.close())

  const told: string[] = []
  const options: Options = { onChallenge: (_challenge, why) => told.push(why) }

  it.each<[string, () => typeof fetch]>([
    ['alone', () => withChallenges(options)],
    ['behind a fetch', () => withChallenges(fetch, options)],
    ['behind nothing', () => withChallenges(undefined, options)],
    [
      'without a prototype',
      () => withChallenges(Object.setPrototypeOf({ ...options }, null) as Options),
    ],
  ])('count where they stand %s', async (_, wrap) => {
    told.length = 0
    expect((await wrap()(`${server.url}/v1/x`, init)).status).toBe(403)
    expect(told).toEqual(['needs_person'])
  })

  it.each<[string, Options['onChallenge']]>([
    [
      'throws',
      () => {
        throw new Error('no mail today')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no mail today'))],
    ['gives what cannot be awaited', () => ({ then: () => void JSON.parse('{') })],
  ])(
    'leave the 403 as it is where onChallenge %s, and that is told once',
    async (_, onChallenge) => {
      const complain = vi.spyOn(console, 'error').mockReturnValue()
      try {
        const call = withChallenges({ ...(onChallenge && { onChallenge }) })
        const answers = await Promise.all([1, 2, 3].map(() => call(`${server.url}/v1/x`, init)))
        expect(answers.map(({ status }) => status)).toEqual([403, 403, 403])
        expect(await answers[0]?.json()).toHaveProperty('error.challenge.kind', 'human')
        expect(complain).toHaveBeenCalledTimes(1)
        expect(complain).toHaveBeenCalledWith(
          expect.stringContaining('onChallenge'),
          expect.any(Error),
        )
      } finally {
        complain.mockRestore()
      }
    },
  )

  it('leave an abort an abort where onChallenge throws of it', async () => {
    const controller = new AbortController()
    const complain = vi.spyOn(console, 'error').mockReturnValue()
    const onChallenge = () => {
      controller.abort(new Error('enough'))
      throw new Error('aborted')
    }
    const call = withChallenges({ onChallenge })
    const { signal } = controller
    await expect(call(`${server.url}/v1/x`, { ...init, signal })).rejects.toThrow('enough')
    complain.mockRestore()
  })
})

describe('a mistake', () => {
  it.each<[string, unknown]>([
    ['text', 'https://api.example.com/v1'],
    ['URL', new URL('https://api.example.com/v1')],
    ['Request', new Request('https://api.example.com/v1')],
  ])('is told with its cure where it is called with a %s, as fetch is', (_, input) => {
    const cure = new TypeError(
      'withChallenges makes a fetch and is none itself: write fetch: withChallenges()',
    )
    expect(() => untyped(input, init)).toThrow(cure)
    expect(() => untyped(input)).toThrow(cure)
  })

  it.each<[string, readonly unknown[]]>([
    ['null', [null]],
    ['a number', [7]],
    ['true', [true]],
    ['a list', [[]]],
    ['an instance', [new Headers()]],
    ['a promise of a fetch', [Promise.resolve(fetch)]],
    ['options that are null', [fetch, null]],
    ['options that are a function', [fetch, fetch]],
    ['options that are a list', [fetch, []]],
    ['options twice', [{}, { carry: true }]],
  ])('is told when wrapping, not when calling: %s', (_, args) => {
    expect(() => untyped(...args)).toThrow(
      new TypeError('withChallenges takes a fetch, options, or a fetch and options'),
    )
  })
})
