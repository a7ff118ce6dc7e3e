import { sharedRows } from './shared-data.ts'

/** A request that some server somewhere misreads. */
export type WirePayload = { readonly name: string; readonly bytes: Buffer }

const ownCases: readonly (readonly [name: string, text: string])[] = [
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX',
  ],
  [
    'chunks and length',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n',
  ],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 31\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  [
    'a folded field',
    'POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  [
    'a blank before the colon',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  [
    'a tab in the coding',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked\x0b\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  [
    'a coding before chunked',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'an underscore',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  [
    'a signed chunk size',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'a chunk size with a prefix',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'a huge chunk size',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n',
  ],
  [
    'bare line feeds',
    'POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\nGET /evil HTTP/1.1\nHost: a\n\n',
  ],
  ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\rSmuggled: z\r\n\r\n'],
  ['a NUL', 'GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n'],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  [
    'a body on GET',
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['trailing bytes', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok}}}garbage'],
  [
    'trailers',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Stillwatch-A\r\n\r\n2\r\nok\r\n0\r\nX-Stillwatch-A: forged\r\nContent-Length: 9\r\n\r\n',
  ],
  [
    'bytes after an upgrade',
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['HTTP/0.9', 'GET /\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [
    'our own prefix',
    'GET / HTTP/1.1\r\nHost: a\r\nX-Stillwatch-A: 1\r\nx_stillwatch_b: 2\r\nX_STILLWATCH-c: 3\r\n\r\n',
  ],
  ['a connection option', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: authorization\r\n\r\n'],
]

/**
 * The payload made to reach a route that is forwarded: its target becomes one that is known, and a credential
 * (and a Host, where there was none) is put at the end of its head. Everything odd about it stays.
 */
const aimed = (text: string): string => {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return text
  const head = text
    .slice(0, end)
    .replace(/^(POST|PUT|GET|DELETE) [^ \r\n]+ /, (_, method: string) =>
      method === 'GET' ? 'GET /v1/models ' : 'POST /v1/files ',
    )
  const host = /\nhost *:/i.test(head) ? '' : '\r\nHost: guard.test'
  return `${head}${host}\r\nAuthorization: Bearer sk-wire${text.slice(end)}`
}

const bothWays = (name: string, bytes: Buffer): WirePayload[] => [
  { name, bytes },
  { name: `${name}, aimed`, bytes: Buffer.from(aimed(bytes.toString('latin1')), 'latin1') },
]

const unescaped = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\(?:r|n|t|\\|x([0-9a-fA-F]{2}))/g, (escape, digits: string | undefined) => {
      if (digits !== undefined) return String.fromCharCode(parseInt(digits, 16))
      return { '\\r': '\r', '\\n': '\n', '\\t': '\t', '\\\\': '\\' }[escape] ?? escape
    }),
    'latin1',
  )

/**
 * Payloads of three public collections beside our own, some 12,500; of the largest collection only every
 * n-th where a test asks for fewer.
 */
export const wirePayloads = ({ everyNth = 1 } = {}): WirePayload[] => {
  type Smuggler = { readonly name: string; readonly kind: string; readonly bytes_b64: string }
  type Llhttp = {
    readonly file: string
    readonly line: number
    readonly kind: string
    readonly bytes_b64: string
  }
  type Garden = {
    readonly section: string
    readonly n: number
    readonly payloads: readonly string[]
  }
  return [
    ...ownCases.flatMap(([name, text]) => bothWays(name, Buffer.from(text, 'latin1'))),
    ...sharedRows<Garden>('http/http_garden_bugs.jsonl.gz').flatMap(({ section, n, payloads }) =>
      payloads.flatMap((text) => bothWays(`garden, ${section} ${n}`, unescaped(text))),
    ),
    ...sharedRows<Llhttp>('http/llhttp_cases.jsonl.gz')
      .filter(({ kind }) => kind.startsWith('request'))
      .flatMap(({ file, line, bytes_b64: bytes }) =>
        bothWays(`llhttp, ${file}:${line}`, Buffer.from(bytes, 'base64')),
      ),
    ...sharedRows<Smuggler>('http/smuggler_requests.jsonl.gz')
      .filter((_, at) => at % everyNth === 0)
      .map(({ name, kind, bytes_b64: bytes }) => ({
        name: `smuggler, ${name} ${kind}`,
        bytes: Buffer.from(aimed(Buffer.from(bytes, 'base64').toString('latin1')), 'latin1'),
      })),
  ]
}
