import { createStandIn } from '../../src/demo/stand-in.ts'
import { MAX_BODY, REFUSAL_CASES, REFUSING_POLICY } from './refusal-cases.ts'
import { ASKS } from './sdk-asks.ts'
import { createSdkClients, type SdkName } from './sdk-clients.ts'
import { sdkErrorOf, type SdkError } from './sdk-error.ts'
import { eventsOf } from './sdk-scenario.ts'
import { startStage, type Stage } from './sdk-stage.ts'
import { createWireTap, type Flight } from './wire-tap.ts'

/** How a call ended for the program that made it, and what it took on the wire. */
export type Ended = {
  readonly error: SdkError | undefined
  /** Each attempt of the SDK. */
  readonly flights: readonly Flight[]
}

/** What is asked, and how. */
export type RefusedAsk = {
  readonly sdk: SdkName
  readonly model: string
  readonly retries: 'none' | 'default'
  readonly streamed?: boolean
  readonly question?: string | undefined
  readonly prefix?: string | undefined
  readonly spoil?: NonNullable<Parameters<typeof createWireTap>[0]>['spoil'] | undefined
}

/** Models that are served although the policy names them nowhere. */
const SERVED = ['stall', 'break-midstream', 'calls-a-moment']

/** A guard with a policy that refuses by the name of the model, and upstreams that fail by it. */
export const startRefusalStage = async () => {
  const mute = await createStandIn({ firstChunkDelayMs: 600_000 })
  const failing = (id: string, url: string) =>
    ['openai', 'anthropic', 'gemini'].map((dialect) => ({
      id: `${id}-${dialect}`,
      url,
      dialect,
      models: [id],
      timeouts: { first_byte: '1s' },
    }))
  const known = REFUSAL_CASES.map(({ name }) => name).filter((name) => name !== 'served-by-nobody')
  const stage: Stage = await startStage({
    settings: { bodies: { max: MAX_BODY } },
    policy: REFUSING_POLICY,
    models: [...known, ...SERVED],
    // Nothing listens on the port of tcpmux.
    moreUpstreams: [...failing('unreachable', 'http://127.0.0.1:1'), ...failing('mute', mute.url)],
  })
  const flights: Flight[] = []
  const close = async (): Promise<void> => {
    await stage.close()
    await mute.close()
  }

  const ask = async (asked: RefusedAsk): Promise<Ended> => {
    const tap = createWireTap(asked.spoil === undefined ? {} : { spoil: asked.spoil })
    const { plain, stream } = ASKS[asked.sdk]
    const clients = createSdkClients({
      url: stage.guard.url,
      fetch: tap.fetch,
      retries: asked.retries,
      prefix: asked.prefix ?? '',
    })
    const call =
      asked.streamed === true
        ? eventsOf(stream(clients, asked.model))
        : plain(clients, asked.model, asked.question)
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => sdkErrorOf(thrown),
    )
    flights.push(...tap.flights)
    return { error, flights: tap.flights }
  }

  return {
    ...stage,
    close,
    ask,
    /** Every attempt of every SDK so far that came to an answer. */
    flights,
    /** Calls the guard has counted. */
    counted: async (): Promise<number> => {
      const { body } = await stage.guard.admin('/metrics')
      const counts = String(body).matchAll(/^stillwatch_calls_total\{.*\} (\d+)$/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    },
    /** Calls for a model that the upstream was sent. */
    sent: (model: string): number =>
      stage.standIn.calls.filter(
        ({ target, body }) =>
          target.includes(`/models/${model}:`) || body.includes(`"model":"${model}"`),
      ).length,
  }
}

/** A running one. */
export type RefusalStage = Awaited<ReturnType<typeof startRefusalStage>>
