/** An answer of the stand-in: in one piece, or as a stream of pieces with a pause before each. */
export type StandInAnswer = {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
} & ({ readonly body: string } | { readonly pieces: readonly string[] })

/** A JSON answer. */
export const jsonAnswer = (
  body: unknown,
  headers: StandInAnswer['headers'] = {},
  status = 200,
): StandInAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

/** A server-sent event stream. */
export const streamAnswer = (
  pieces: readonly string[],
  headers: StandInAnswer['headers'] = {},
): StandInAnswer => ({
  status: 200,
  headers: {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  },
  pieces,
})

/** An event with a name, as Anthropic and OpenAI's Responses API send them. */
export const namedEvent = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`

/** An event without a name, as OpenAI's Chat Completions send them. */
export const dataEvent = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`
