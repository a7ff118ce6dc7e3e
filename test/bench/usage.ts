/**
 * What reading along costs: `node test/bench/usage.ts`. Microseconds per answer, the median of several
 * rounds, for streams of 201 events that come one event a chunk, as providers send them.
 */
import { createParser } from 'eventsource-parser'
import type { Route } from '../../src/core/call.ts'
import type { Dialect } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { openai } from '../../src/dialects/openai.ts'

const ROUNDS = 15
const ROUND_MS = 60

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Median microseconds of processor time of one run; other processes do not count. */
const microseconds = (run: () => unknown): number => {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    let runs = 0
    const start = process.cpuUsage()
    const until = performance.now() + ROUND_MS
    while (performance.now() < until) {
      for (let i = 0; i < 20; i++) run()
      runs += 20
    }
    const { user, system } = process.cpuUsage(start)
    rounds.push((user + system) / runs)
  }
  return median(rounds)
}

const routeOf = (dialect: Dialect, path: string): Route => {
  const route = dialect.route('POST', path)
  if (typeof route !== 'object') throw new Error(`no route for ${path}`)
  return route
}

const chatEvent = (usage: string): Buffer =>
  Buffer.from(
    `data: {"id":"chatcmpl-0","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]${usage}}\n\n`,
  )

const deltas = (event: Buffer): Buffer[] => Array.from({ length: 200 }, () => event)

const REPORT = Buffer.from(
  'data: {"id":"chatcmpl-0","choices":[],"usage":{"prompt_tokens":812,"completion_tokens":200,"total_tokens":1012,"prompt_tokens_details":{"cached_tokens":512}}}\n\n',
)
const PLAIN = [...deltas(chatEvent('')), REPORT]
const ASKED = [...deltas(chatEvent(',"usage":null')), REPORT]
const MESSAGES = [
  Buffer.from(
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_0","usage":{"input_tokens":812,"output_tokens":1}}}\n\n',
  ),
  ...deltas(
    Buffer.from(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}\n\n',
    ),
  ).slice(1),
  Buffer.from(
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":200}}\n\n',
  ),
]

const CHAT = routeOf(openai, '/v1/chat/completions')
const MESSAGE = routeOf(anthropic, '/v1/messages')
const SMALL = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-0',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'A short answer of one line.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 19,
      completion_tokens: 10,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    },
    service_tier: 'default',
  }),
)
const REQUEST = Buffer.from(
  '{"model":"m","messages":[{"role":"user","content":"Say something short."}],"max_tokens":100,"stream":false}',
)
const PARSED: unknown = JSON.parse(REQUEST.toString())

const ours =
  (dialect: Dialect, route: Route, chunks: readonly Buffer[], contentType: string) => () => {
    const reader = dialect.usageReader(route, contentType)
    for (const chunk of chunks) reader.push(chunk)
    return reader.total()
  }

const theirs = (chunks: readonly Buffer[]) => () => {
  let usage: unknown
  const parser = createParser({
    onEvent: ({ data }) => {
      const event = JSON.parse(data) as { usage?: unknown }
      usage = event.usage ?? usage
    },
  })
  const decoder = new TextDecoder()
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }))
  return usage
}

const filtered = (chunks: readonly Buffer[]) => {
  const ask = openai.ask(CHAT, { model: 'm', stream: true }, 30)
  const asked = openai.askForUsage(CHAT, ask, Buffer.from('{"model":"m","stream":true}'))
  return () => {
    const filter = asked?.filter()
    for (const chunk of chunks) filter?.push(chunk)
    return filter?.flush()
  }
}

const EVENTS = 'text/event-stream; charset=utf-8'
const JSON_TYPE = 'application/json'

const rows: [string, () => unknown][] = [
  ['chat stream, ours', ours(openai, CHAT, PLAIN, EVENTS)],
  ['chat stream, ours, one chunk', ours(openai, CHAT, [Buffer.concat(PLAIN)], EVENTS)],
  ['chat stream, eventsource-parser and JSON.parse', theirs(PLAIN)],
  ['chat stream with usage asked for, ours', ours(openai, CHAT, ASKED, EVENTS)],
  ['chat stream with usage asked for, the filter', filtered(ASKED)],
  ['messages stream, ours', ours(anthropic, MESSAGE, MESSAGES, EVENTS)],
  ['messages stream, eventsource-parser and JSON.parse', theirs(MESSAGES)],
  ['small JSON answer, ours', ours(openai, CHAT, [SMALL], JSON_TYPE)],
  ['small JSON answer, JSON.parse', () => JSON.parse(SMALL.toString()) as unknown],
  [
    'route and ask of a small request',
    () => openai.ask(routeOf(openai, '/v1/chat/completions'), PARSED, REQUEST.length),
  ],
  [
    'refusal',
    () =>
      openai.refuse({
        status: 429,
        code: 'limit_exceeded',
        message: 'wait',
        id: '0',
        retryAfterMs: 1,
      }),
  ],
]

for (const [name, run] of rows) {
  console.log(`${microseconds(run).toFixed(2).padStart(9)} µs  ${name}`)
}
