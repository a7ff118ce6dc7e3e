import { connect } from 'node:net'
import type { DialectName } from '../../src/core/call.ts'

/** When a caller leaves: as soon as it has asked, after so many bytes of the answer, or never. */
export type Leaves = 'at once' | 'never' | { readonly afterBytes: number }

type Asked = { readonly model: string; readonly prompt: string; readonly maxTokens?: number }

const ROUTES: {
  readonly [D in DialectName]: (asked: Asked) => {
    readonly path: string
    readonly header: string
    readonly body: object
  }
} = {
  openai: ({ model, prompt, maxTokens }) => ({
    path: '/v1/chat/completions',
    header: 'authorization: Bearer sk-leaving',
    body: {
      model,
      stream: true,
      max_completion_tokens: maxTokens,
      messages: [{ role: 'user', content: prompt }],
    },
  }),
  anthropic: ({ model, prompt, maxTokens = 4_000 }) => ({
    path: '/v1/messages',
    header: 'x-api-key: sk-leaving',
    body: {
      model,
      stream: true,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: prompt }],
    },
  }),
  gemini: ({ model, prompt, maxTokens }) => ({
    path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    header: 'x-goog-api-key: sk-leaving',
    body: {
      contents: [{ role: 'user', parts: [{ text: prompt }] }],
      generationConfig: { maxOutputTokens: maxTokens },
    },
  }),
}

const requestOf = (dialect: DialectName, asked: Asked): string => {
  const { path, header, body } = ROUTES[dialect](asked)
  const json = JSON.stringify(body)
  return [
    `POST ${path} HTTP/1.1`,
    'host: guard.test',
    header,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
    'connection: close',
    '',
    json,
  ].join('\r\n')
}

/** Makes one call over a connection of its own and leaves as told; resolves with the bytes it took. */
export const callAndLeave = (
  options: Asked & {
    readonly port: number
    readonly dialect: DialectName
    readonly leaves: Leaves
    /** Told in the moment in which the caller leaves before the end. */
    readonly left?: () => void
  },
): Promise<{ readonly bytes: number; readonly status: number }> =>
  new Promise((resolve) => {
    const { port, dialect, leaves, left } = options
    const socket = connect({ port, host: '127.0.0.1' })
    let bytes = 0
    let status = 0
    const leave = (): void => {
      left?.()
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      if (bytes === 0) status = Number(chunk.toString('latin1', 9, 12))
      bytes += chunk.length
      if (typeof leaves === 'object' && bytes >= leaves.afterBytes) leave()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve({ bytes, status }))
    socket.write(requestOf(dialect, options), () => {
      if (leaves === 'at once') leave()
    })
  })
