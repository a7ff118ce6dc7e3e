import type { SdkClients, SdkName } from './sdk-clients.ts'

/** One thing that people do with an SDK. */
export type Scenario = {
  readonly sdk: SdkName
  readonly what: string
  /** Stands in what the SDK makes of the answer, as JSON. */
  readonly holds: string
  /** Whether the upstream reports tokens: always, only where it is asked, or never. */
  readonly usage: 'always' | 'asked' | 'never'
  /** Makes the call; what the SDK parsed, event by event for a stream. */
  run(clients: SdkClients, model: string): Promise<unknown>
}

/** What everybody asks. */
export const QUESTION = 'How is the weather?'

/** A model of the stand-in without a switch. */
export const MODEL = 'chat-large'

/** Parameters of a tool; the stand-in calls it with Berlin and 7. */
export const PLACE = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city', 'days'],
  additionalProperties: false,
} as const

/** Reads a stream to its end. */
export const eventsOf = async <T>(
  stream: AsyncIterable<T> | Promise<AsyncIterable<T>>,
): Promise<T[]> => {
  const events: T[] = []
  for await (const event of await stream) events.push(event)
  return events
}

/** Reads a few events, then leaves. What was read, or how the SDK ended it. */
export const someEventsOf = async <T>(
  stream: AsyncIterable<T> | Promise<AsyncIterable<T>>,
  { count, leave }: { readonly count: number; readonly leave: () => void },
): Promise<readonly T[]> => {
  const events: T[] = []
  for await (const event of await stream) {
    events.push(event)
    if (events.length < count) continue
    leave()
    break
  }
  return events
}
