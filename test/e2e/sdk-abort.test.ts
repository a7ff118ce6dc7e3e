import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { aiParts } from '../support/ai-scenarios.ts'
import { decisionRows, rowsOf } from '../support/decision-records.ts'
import { createSdkClients, type SdkClients } from '../support/sdk-clients.ts'
import { memberOf } from '../support/sdk-error.ts'
import { eventsOf, QUESTION, someEventsOf } from '../support/sdk-scenario.ts'
import { startStage, type Stage } from '../support/sdk-stage.ts'
import { until } from '../support/wait.ts'
import { createWireTap } from '../support/wire-tap.ts'

/** Sends half an answer, then nothing more, and keeps the connection: only the caller ends it. */
const model = 'stall'
const messages = [{ role: 'user' as const, content: QUESTION }]

type Leaver = {
  /** Opens a stream that ends with the signal of the clients. */
  readonly open: (clients: SdkClients) => AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>
  /** Words of the answer in an event, for the least that must be settled. */
  readonly textOf: (event: unknown) => unknown
}

const LEAVERS: { readonly [name: string]: Leaver } = {
  'openai, chat': {
    open: ({ openai, signal }) =>
      openai.chat.completions.create({ model, messages, stream: true }, { signal }),
    textOf: (event) => memberOf(event, 'choices', 0, 'delta', 'content'),
  },
  'openai, responses': {
    open: ({ openai, signal }) =>
      openai.responses.create({ model, input: QUESTION, stream: true }, { signal }),
    textOf: (event) => memberOf(event, 'delta'),
  },
  anthropic: {
    open: ({ anthropic, signal }) =>
      anthropic.messages.create({ model, messages, max_tokens: 100, stream: true }, { signal }),
    textOf: (event) => memberOf(event, 'delta', 'text'),
  },
  google: {
    open: ({ google, signal }) =>
      google.models.generateContentStream({
        model,
        contents: QUESTION,
        config: { abortSignal: signal },
      }),
    textOf: (event) => memberOf(event, 'candidates', 0, 'content', 'parts', 0, 'text'),
  },
  ai: {
    open: (clients) => aiParts({ clients, model: clients.ai.chat(model) }),
    textOf: (event) => memberOf(event, 'text'),
  },
}

let direct: StandIn
let stage: Stage
/** Its upstream takes calls and says nothing. */
let silent: Stage

beforeAll(async () => {
  ;[direct, stage, silent] = await Promise.all([
    createStandIn(),
    startStage(),
    startStage({ standIn: { firstChunkDelayMs: 60_000 } }),
  ])
})
afterAll(() => Promise.all([direct.close(), stage.close(), silent.close()]))

/** Reads six events, then leaves. */
const leaveFrom = async (leaver: Leaver, url: string) => {
  const tap = createWireTap()
  const clients = createSdkClients({ url, fetch: tap.fetch })
  const events = await someEventsOf(leaver.open(clients), { count: 6, leave: clients.abort })
  return { text: events.map(leaver.textOf).join(''), count: events.length, flights: tap.flights }
}

describe.each(Object.entries(LEAVERS))('a caller that leaves its stream: %s', (_, leaver) => {
  it('gets the same until then, stops the upstream, and pays for what it got', async () => {
    const wanted = await leaveFrom(leaver, direct.url)
    const got = await leaveFrom(leaver, stage.guard.url)
    expect(got.text).toBe(wanted.text)
    expect(got.count).toBe(6)
    expect(got.text.split(' ').length).toBeGreaterThan(1)
    expect(got.flights).toHaveLength(1)

    await until('the upstream to see the close', () => stage.standIn.openStreams() === 0)
    const decision = got.flights[0]?.decision ?? ''
    const row = (await rowsOf(stage.guard, [decision])).get(decision)
    expect(row).toMatchObject({
      'stillwatch.outcome': 'client_gone',
      'http.response.status_code': 200,
      'stillwatch.upstream.status_code': 200,
    })
    const settled = row?.['stillwatch.settled']
    expect(memberOf(settled, 'input_tokens')).toBeGreaterThan(0)
    expect(memberOf(settled, 'output_tokens')).toBeGreaterThan(0)
  })

  it('leaves before the answer began, stops the upstream, and pays for its question', async () => {
    const before = decisionRows(silent.guard).length
    const clients = createSdkClients({ url: silent.guard.url, fetch })
    const ended = eventsOf(leaver.open(clients)).then(
      () => 'ended',
      () => 'raised',
    )
    await until('the call to arrive', () => silent.standIn.openStreams() === 1)
    clients.abort()
    await ended
    await until('the upstream to see the close', () => silent.standIn.openStreams() === 0)
    const row = await until('its record', () => decisionRows(silent.guard)[before])
    expect(row['stillwatch.outcome']).toBe('client_gone')
    expect(row).not.toHaveProperty('http.response.status_code')
    const settled = row['stillwatch.settled']
    expect(memberOf(settled, 'input_tokens')).toBeGreaterThan(0)
    expect(memberOf(settled, 'output_tokens')).toBe(0)
  })
})
