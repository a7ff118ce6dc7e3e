import { ApiError, GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRefusalStage, type RefusalStage } from '../support/refusal-stage.ts'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { memberOf, sdkErrorOf } from '../support/sdk-error.ts'
import { someEventsOf } from '../support/sdk-scenario.ts'
import { until } from '../support/wait.ts'
import { createWireTap } from '../support/wire-tap.ts'

let stage: RefusalStage
beforeAll(async () => {
  stage = await startRefusalStage()
})
afterAll(() => stage.close())

/** Events after which an answer is under way: `ai` hands out two before it even asks. */
const SOME = 6

/** Opens a stream that stalls, and holds it until `leave` is called. */
const holdStream = async (sdk: SdkName) => {
  const clients = createSdkClients({ url: stage.guard.url, fetch })
  let events = 0
  const ended = (async () => {
    for await (const event of await ASKS[sdk].stream(clients, 'stall')) {
      if (event !== undefined) events++
    }
  })().then(
    () => 'ended',
    () => 'raised',
  )
  await until('the stream to run', () => events >= SOME)
  return {
    leave: async () => {
      clients.abort()
      await ended
    },
  }
}

describe.each(SDKS)('a short wait: %s', (sdk) => {
  it('is kept by the SDK itself, and the call then succeeds', async () => {
    const model = 'calls-a-moment'
    expect((await stage.ask({ sdk, model, retries: 'none' })).error).toBeUndefined()
    const { error, flights } = await stage.ask({ sdk, model, retries: 'default' })
    const first = flights[0]
    expect(first?.status).toBe(429)
    expect(Number(first?.headers.get('retry-after-ms'))).toBeGreaterThan(0)
    expect(Number(first?.headers.get('retry-after-ms'))).toBeLessThanOrEqual(3_000)
    if (sdk === 'google') {
      // Google's SDK asks once unless it is told otherwise.
      expect(flights).toHaveLength(1)
      expect(error).toMatchObject({ raised: 'ApiError', status: 429, code: 'limit_exceeded' })
    } else {
      expect(error).toBeUndefined()
      expect(flights.map(({ status }) => status)).toEqual([429, 200])
    }
  })

  it('is all that one call too many at the same time is told, until another one ends', async () => {
    const held = await holdStream(sdk)
    const { error, flights } = await stage.ask({ sdk, model: 'stall', retries: 'none' })
    expect(error).toMatchObject({ typed: true, status: 429, code: 'limit_exceeded' })
    expect(error?.message).toMatch(/The limit of 1 call at the same time is reached. Try again in/)
    expect(flights[0]?.headers.get('retry-after')).toBe('1')
    expect(flights[0]?.headers.get('x-should-retry')).toBeNull()
    await held.leave()

    await until('a place to be free', async () => {
      const clients = createSdkClients({ url: stage.guard.url, fetch })
      const leaving = { count: SOME, leave: clients.abort }
      const events = await someEventsOf(ASKS[sdk].stream(clients, 'stall'), leaving).catch(() => [])
      return events.length === SOME
    })
  })

  it('or a refusal is raised the same by a call that is to be streamed', async () => {
    for (const [model, status, code] of [
      ['denied', 403, 'denied'],
      ['throttled-5', 429, 'throttled'],
    ] as const) {
      const ended = await stage.ask({ sdk, model, retries: 'none', streamed: true })
      expect(ended.error).toMatchObject({ typed: true, status, code })
      expect(ended.error?.requestId).toBe(ended.flights[0]?.decision)
    }
  })
})

describe("Google's SDK that is told to ask again", () => {
  const asking = async (model: string) => {
    const tap = createWireTap()
    const httpOptions = {
      baseUrl: stage.guard.url,
      fetch: tap.fetch,
      retryOptions: { attempts: 3, initialDelay: 0.001, jitter: 0 },
    }
    const sdk = new GoogleGenAI({ apiKey: 'AIza-of-google', httpOptions })
    const error: unknown = await sdk.models
      .generateContent({ model, contents: 'Well?' })
      .catch((raised: unknown) => raised)
    return { error, attempts: tap.flights.length }
  }

  it('asks again for a 429 however long the wait, and never for a 403', async () => {
    expect((await asking('denied')).attempts).toBe(1)
    // It knows neither retry-after nor x-should-retry.
    expect((await asking('throttled-120')).attempts).toBe(3)
  })

  it('holds the wait where its users look for it, in the RetryInfo of the message', async () => {
    const { error } = await asking('throttled-5')
    expect(error).toBeInstanceOf(ApiError)
    const body: unknown = JSON.parse((error as ApiError).message)
    expect(memberOf(body, 'error', 'details', 1)).toEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '5s',
    })
    expect(memberOf(body, 'error', 'status')).toBe('RESOURCE_EXHAUSTED')
    expect(sdkErrorOf(error).message).toBe(
      'Too many calls of this kind right now. Try again in 5 s.',
    )
  })
})
