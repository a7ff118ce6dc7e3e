import type { Dialect, StreamFilter, UsageReader } from '../../src/core/seams.ts'

const encoder = new TextEncoder()

/** Reads `"input":N` and `"output":N` out of whatever passes, whole or cut. */
const plainReader = (): UsageReader => {
  let text = ''
  const numberOf = (name: string): number | undefined => {
    const found = new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]
    return found === undefined ? undefined : Number(found)
  }
  return {
    push: (chunk) => {
      text += Buffer.from(chunk).toString()
    },
    total: () => {
      const inputTokens = numberOf('input')
      const outputTokens = numberOf('output')
      return inputTokens === undefined && outputTokens === undefined
        ? undefined
        : { inputTokens, outputTokens }
    },
    estimatedOutputTokens: () => text.split('data: ').length - 1,
  }
}

/** Drops the events that hold usage; holds incomplete ones back. */
const plainFilter = (): StreamFilter => {
  let held = ''
  return {
    push: (chunk) => {
      const events = (held + Buffer.from(chunk).toString()).split('\n\n')
      held = events.pop() ?? ''
      return encoder.encode(
        events
          .filter((event) => !event.includes('"usage"'))
          .map((event) => `${event}\n\n`)
          .join(''),
      )
    },
    flush: () => encoder.encode(held),
  }
}

/** A dialect with the least wire format that the path needs, and whatever a test changes. */
export const plainDialect = (changes: Partial<Dialect> = {}): Dialect => ({
  name: 'openai',
  requestIdHeader: 'x-request-id',
  credentialHeader: (secret) => ['authorization', `Bearer ${secret}`],
  route: () => undefined,
  ask: () => {
    throw new Error('reading calls is not part of this dialect')
  },
  prompt: () => undefined,
  usageReader: plainReader,
  limitHeaders: () => undefined,
  resetMs: () => undefined,
  refuse: ({ status, code }) => ({
    status,
    rawHeaders: ['content-type', 'application/json'],
    body: encoder.encode(JSON.stringify({ error: { code } })),
  }),
  breakStream: ({ code }, contentType) =>
    contentType?.startsWith('text/event-stream') === true
      ? encoder.encode(`data: {"error":{"code":"${code}"}}\n\n`)
      : new Uint8Array(),
  reshape: () => undefined,
  askForUsage: (_route, _ask, body) => ({
    body: encoder.encode(
      Buffer.from(body).toString().replace(/}$/, ',"stream_options":{"include_usage":true}}'),
    ),
    filter: plainFilter,
  }),
  ...changes,
})
