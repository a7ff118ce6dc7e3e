import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { Fault } from '../../src/core/fault.ts'
import type { Call } from '../../src/core/call.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { createDecisionIds } from '../../src/guard/decision-id.ts'
import { createReader, type Reader, type ReaderOptions } from '../../src/guard/read-call.ts'
import { createFakeClock } from './clock.ts'
import { fakeExchange, type FakeExchange, type FakeRequest } from './fake-exchange.ts'

/** Every dialect there is. */
export const DIALECTS = [openai, anthropic, gemini]

/** A reader as shipped, for all dialects, with whatever a test wants to be different. */
export const aReader = (changes: Partial<ReaderOptions> = {}): Reader =>
  createReader({
    dialects: DIALECTS,
    trustedProxies: [],
    unknownRoutes: 'refuse',
    maxBodyBytes: 1_000_000,
    credentialHash: createKeyedHash(new Uint8Array(32), 'credential'),
    clock: createFakeClock(),
    newId: createDecisionIds(),
    ...changes,
  })

/** One for all who want nothing special: making one fills its caches. */
const plainReader = aReader()

/** What a reader made of a request: the call, or the fault; anything else thrown fails the test. */
export type Outcome = {
  readonly call?: Call
  readonly fault?: Fault
  readonly exchange: FakeExchange
}

/** Reads one request. */
export const reading = async (
  request: FakeRequest,
  reader: Reader = plainReader,
): Promise<Outcome> => {
  const exchange = fakeExchange(request)
  try {
    return { call: await reader.read(exchange, reader.arrive(exchange)), exchange }
  } catch (thrown) {
    if (thrown instanceof Fault) return { fault: thrown, exchange }
    throw thrown
  }
}

/** The code of the refusal, `read` where there was none. */
export const verdictOf = async (request: FakeRequest, reader?: Reader): Promise<string> =>
  (await reading(request, reader)).fault?.code ?? 'read'
