import type { DialectName } from '../../src/core/call.ts'

/** A piece of a stream and the output it carries that was not in the pieces before. */
export type MeteredFrame = { readonly bytes: Buffer; readonly tokens: number }

/** One token each: four bytes on average with their blank, as the providers say of English. */
const WORDS = ['a ', 'the ', 'of ', 'rain ', 'on ', 'leaf ', 'sun ', 'it ', 'word ', 'tree ', 'be ']

const textOf = (from: number, count: number): string => {
  let text = ''
  for (let at = from; at < from + count; at++) text += WORDS[at % WORDS.length]
  return text
}

const event = (data: object, name?: string): Buffer =>
  Buffer.from(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`)

type Piece = { readonly text: string; readonly sent: number; readonly tokens: number }

/** What each dialect puts around the pieces of text, as recorded of the providers. */
const DRESSED: {
  readonly [D in DialectName]: (
    pieces: readonly Piece[],
    input: number,
    output: number,
  ) => readonly MeteredFrame[]
} = {
  openai: (pieces, input, output) => {
    const chunk = (more: object): object => ({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_776_816_000,
      model: 'm',
      usage: null,
      ...more,
    })
    const choice = (delta: object, finish_reason: unknown = null): object =>
      chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] })
    const usage = {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
    }
    return [
      { bytes: event(choice({ role: 'assistant', content: '' })), tokens: 0 },
      ...pieces.map(({ text, tokens }) => ({ bytes: event(choice({ content: text })), tokens })),
      { bytes: event(choice({}, 'stop')), tokens: 0 },
      { bytes: event(chunk({ choices: [], usage })), tokens: 0 },
      { bytes: Buffer.from('data: [DONE]\n\n'), tokens: 0 },
    ]
  },
  anthropic: (pieces, input, output) => {
    const typed = (type: string, more: object): MeteredFrame => ({
      bytes: event({ type, ...more }, type),
      tokens: 0,
    })
    const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'm' }
    return [
      typed('message_start', {
        message: { ...message, usage: { input_tokens: input, output_tokens: 1 } },
      }),
      typed('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...pieces.map(({ text, tokens }) => ({
        ...typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
        tokens,
      })),
      typed('content_block_stop', { index: 0 }),
      typed('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: output },
      }),
      typed('message_stop', {}),
    ]
  },
  gemini: (pieces, input) =>
    pieces.map(({ text, sent, tokens }) => ({
      bytes: event({
        candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
        usageMetadata: {
          promptTokenCount: input,
          candidatesTokenCount: sent,
          totalTokenCount: input + sent,
        },
        modelVersion: 'm',
      }),
      tokens,
    })),
}

/** A whole answer of so many tokens, in pieces of `step` tokens, with the dialect's own report in it. */
export const meteredStream = (options: {
  readonly dialect: DialectName
  readonly inputTokens: number
  readonly outputTokens: number
  readonly step: number
}): readonly MeteredFrame[] => {
  const { dialect, inputTokens, outputTokens, step } = options
  const pieces: Piece[] = []
  for (let at = 0; at < outputTokens; at += step) {
    const tokens = Math.min(step, outputTokens - at)
    pieces.push({ text: textOf(at, tokens), sent: at + tokens, tokens })
  }
  return DRESSED[dialect](pieces, inputTokens, outputTokens)
}
