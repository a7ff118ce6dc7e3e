import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Dialect, Refusal } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { startInstantSleeps } from '../support/instant-sleeps.ts'
import { ASKS } from '../support/sdk-asks.ts'
import { createSdkClients, SDKS, type SdkName } from '../support/sdk-clients.ts'
import { sdkErrorOf } from '../support/sdk-error.ts'
import { limited, refusing, thrownBy } from '../support/sdk-network.ts'

const DIALECTS: { readonly [S in SdkName]: Dialect } = {
  openai,
  anthropic,
  google: gemini,
  ai: openai,
}

let sleeps: ReturnType<typeof startInstantSleeps>
beforeAll(() => {
  sleeps = startInstantSleeps()
})
afterAll(() => sleeps.restore())

/** What comes of a call that is refused the same way however often it is made. */
const refusedBy = async (sdk: SdkName, refusal: Refusal) => {
  const network = refusing(DIALECTS[sdk], refusal)
  const clients = createSdkClients({
    url: 'http://guard.test',
    fetch: network.fetch,
    retries: 'default',
  })
  sleeps.taken()
  const error = sdkErrorOf(await thrownBy(() => ASKS[sdk].plain(clients, 'm')))
  return { error, attempts: network.attempts, sleptMs: sleeps.taken() }
}

/** Sleeps of an SDK that keeps a wait of at most a minute; Google's asks once. */
const kept = (sdk: SdkName, waitMs: number) =>
  sdk === 'google' ? { attempts: 1, sleptMs: [] } : { attempts: 3, sleptMs: [waitMs, waitMs] }

describe.each(SDKS)('a wait as %s keeps it', (sdk) => {
  it.each([
    [0, 1_000],
    [1, 1],
    [400.5, 401],
    [59_999, 59_999],
  ])('of %d ms is a sleep of %d ms', async (retryAfterMs, sleptMs) => {
    expect(await refusedBy(sdk, limited(retryAfterMs))).toMatchObject(kept(sdk, sleptMs))
  })

  it.each([60_001, 86_400_000, 30 * 86_400_000])('of %d ms is never slept', async (waitMs) => {
    const { attempts, sleptMs } = await refusedBy(sdk, limited(waitMs))
    // The one that knows no veto sleeps by its own backoff.
    expect(sleptMs).toEqual(sdk === 'ai' ? [2_000, 4_000] : [])
    expect(attempts).toBe(sdk === 'ai' ? 3 : 1)
  })

  it.each([
    { code: 'limits_unavailable', retryAfterMs: 1_000 },
    { code: 'upstream_overloaded', retryAfterMs: 2_500 },
  ] as const)('for $code is kept, and the error is typed', async ({ code, retryAfterMs }) => {
    const refusal = { status: 503, code, message: 'Not now.', id: '01k0', retryAfterMs }
    const { error, ...rest } = await refusedBy(sdk, refusal)
    expect(rest).toEqual(kept(sdk, retryAfterMs))
    const overloaded = sdk === 'anthropic' && code === 'upstream_overloaded'
    expect(error).toMatchObject({ typed: true, status: overloaded ? 529 : 503, code })
    expect(error.message).toContain('Not now.')
  })
})
