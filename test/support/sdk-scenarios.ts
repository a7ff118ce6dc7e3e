import { AI_SCENARIOS } from './ai-scenarios.ts'
import { ANTHROPIC_SCENARIOS } from './anthropic-scenarios.ts'
import { GOOGLE_SCENARIOS } from './google-scenarios.ts'
import { OPENAI_SCENARIOS } from './openai-scenarios.ts'
import { createSdkClients } from './sdk-clients.ts'
import { sdkErrorOf, type SdkError } from './sdk-error.ts'
import type { Scenario } from './sdk-scenario.ts'
import { createWireTap, type Flight } from './wire-tap.ts'

/** What people do with the four SDKs. */
export const SCENARIOS: readonly Scenario[] = [
  ...OPENAI_SCENARIOS,
  ...ANTHROPIC_SCENARIOS,
  ...GOOGLE_SCENARIOS,
  ...AI_SCENARIOS,
]

/** How a scenario went at one server: what the SDK made of it, and what stood on the wire. */
export type Played = {
  readonly value: unknown
  readonly error: SdkError | undefined
  readonly flight: Flight
}

/** Plays a scenario at one server; it must be one request, whatever came of it. */
export const play = async (scenario: Scenario, url: string, model: string): Promise<Played> => {
  const tap = createWireTap()
  const clients = createSdkClients({ url, fetch: tap.fetch })
  const ended = await scenario.run(clients, model).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error: sdkErrorOf(error) }),
  )
  const [flight] = tap.flights
  if (flight === undefined || tap.flights.length > 1) {
    throw new Error(`${tap.flights.length} requests for ${scenario.what} with ${model}`)
  }
  return { ...ended, flight }
}
