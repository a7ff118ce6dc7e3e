import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from '../support/decision-records.ts'
import { startRefusalStage, type RefusalStage } from '../support/refusal-stage.ts'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { memberOf, sdkErrorOf } from '../support/sdk-error.ts'

let stage: RefusalStage
beforeAll(async () => {
  stage = await startRefusalStage()
})
afterAll(() => stage.close())

const rowOf = async (decision = '') => (await rowsOf(stage.guard, [decision])).get(decision)

/** Each SDK's class for an upstream that is away. */
const AWAY: { readonly [S in SdkName]: string } = {
  openai: 'InternalServerError',
  anthropic: 'InternalServerError',
  google: 'ApiError',
  // After its last attempt.
  ai: 'RetryError',
}

/** Each SDK's class for an upstream that is late, and for an error event within a stream. */
const LATE = { ...AWAY, anthropic: 'GatewayTimeoutError', ai: 'APICallError' }
const BROKEN = { ...AWAY, openai: 'APIError', anthropic: 'APIError', ai: 'StreamProviderError' }

describe.each(SDKS)('an upstream that fails: %s', (sdk) => {
  it('raises a typed error where it cannot be reached, after attempts a second apart', async () => {
    const { error, flights } = await stage.ask({ sdk, model: 'unreachable', retries: 'default' })
    expect(error).toMatchObject({
      raised: AWAY[sdk],
      typed: true,
      status: 502,
      code: 'upstream_unreachable',
    })
    expect(error?.message).toContain('The model API could not be reached. Try again.')
    expect(error?.requestId).toBe(flights.at(-1)?.decision)
    // Google's SDK asks once unless it is told otherwise.
    expect(flights).toHaveLength(sdk === 'google' ? 1 : 3)
    for (const { headers } of flights) {
      expect(headers.get('retry-after-ms')).toBe('1000')
      expect(headers.get('x-should-retry')).toBeNull()
    }
    expect(await rowOf(flights[0]?.decision)).toMatchObject({
      'stillwatch.outcome': 'faulted',
      'stillwatch.fault.source': 'upstream',
      'stillwatch.settled': { input_tokens: 0, output_tokens: 0 },
    })
  })

  it('raises a typed error where it does not answer in time', async () => {
    const { error, flights } = await stage.ask({ sdk, model: 'mute', retries: 'none' })
    expect(error).toMatchObject({
      raised: LATE[sdk],
      typed: true,
      status: 504,
      code: 'upstream_timeout',
    })
    expect(error?.message).toContain('The model API did not answer in time. Try again.')
    expect(error?.requestId).toBe(flights[0]?.decision)
  })

  it('raises an error with words in it where a stream breaks off, and settles what came', async () => {
    const ended = await stage.ask({
      sdk,
      model: 'break-midstream',
      retries: 'default',
      streamed: true,
    })
    expect(ended.error?.raised).toBe(BROKEN[sdk])
    expect(ended.error?.message).toContain('The model API broke off its answer. Try again.')
    // `ai` wraps an error event in a class of its own that keeps only the message.
    if (sdk !== 'ai') expect(ended.error?.code).toBe('upstream_broken')
    expect(ended.flights.map(({ status }) => status)).toEqual([200])
    const row = await rowOf(ended.flights[0]?.decision)
    expect(row).toMatchObject({
      'stillwatch.outcome': 'faulted',
      'error.type': 'upstream_broken',
      'http.response.status_code': 200,
    })
    expect(memberOf(row?.['stillwatch.settled'], 'input_tokens')).toBeGreaterThan(0)
    expect(memberOf(row?.['stillwatch.settled'], 'output_tokens')).toBeGreaterThan(0)
  })

  it('raises what it raises without the guard where an answer of known length breaks off', async () => {
    const model = 'break-midstream'
    const clients = createSdkClients({ url: stage.standIn.url, fetch })
    const direct: unknown = await ASKS[sdk].plain(clients, model).catch((error: unknown) => error)
    const { error, flights } = await stage.ask({ sdk, model, retries: 'none' })
    const { raised, message, typed } = sdkErrorOf(direct)
    expect(error).toMatchObject({ raised, message, typed })
    expect(await rowOf(flights[0]?.decision)).toMatchObject({
      'stillwatch.outcome': 'faulted',
      'error.type': 'upstream_broken',
    })
  })
})
