import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A request as it stood on the wire, byte for byte. */
export type WireRequest = {
  readonly line: string
  readonly headers: readonly string[]
  readonly body: string
}

/** An upstream that trusts nothing: it takes only what no two servers could read differently. */
export type StrictRecorder = {
  readonly port: number
  readonly requests: readonly WireRequest[]
  /** Request lines whose body had not ended when the connection did. */
  readonly unfinished: readonly string[]
  /** What came over a connection and is not a plain request. */
  readonly violations: readonly string[]
  close(): Promise<void>
}

const ANSWER =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{"ok":true}'

type Parsed = { readonly request: WireRequest; readonly rest: string }

/** The first request of a text; its line while the body is still to come; a violation as an error. */
const parse = (text: string): Parsed | string | undefined => {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [line = '', ...headers] = text.slice(0, end).split('\r\n')
  if (!/^[A-Z]+ \/[!-~]* HTTP\/1\.1$/.test(line)) throw new Error(`request line ${line}`)
  for (const header of headers) {
    if (!/^[!#$%&'*+\-.^_`|~\w]+: ?[\t -~\x80-\xff]*$/.test(header))
      throw new Error(`field ${header}`)
  }
  const values = (name: string): string[] =>
    headers
      .filter((header) => header.toLowerCase().startsWith(`${name}:`))
      .map((header) => header.slice(name.length + 1).trim())
  const [lengths, codings] = [values('content-length'), values('transfer-encoding')]
  if (lengths.length + codings.length > 1) throw new Error(`framing of ${text.slice(0, end)}`)
  const body = text.slice(end + 4)
  if (codings.length === 1) {
    if (codings[0] !== 'chunked') throw new Error(`coding ${codings[0]}`)
    return chunked(line, headers, body)
  }
  if (lengths.length === 1 && !/^\d{1,9}$/.test(lengths[0] ?? '')) throw new Error('length')
  const size = Number(lengths[0] ?? 0)
  if (body.length < size) return line
  return { request: { line, headers, body: body.slice(0, size) }, rest: body.slice(size) }
}

const chunked = (line: string, headers: readonly string[], text: string): Parsed | string => {
  let at = 0
  let body = ''
  for (;;) {
    const end = text.indexOf('\r\n', at)
    if (end === -1) return line
    const digits = text.slice(at, end)
    if (!/^[0-9a-f]{1,8}$/i.test(digits)) throw new Error(`chunk size ${digits}`)
    const size = parseInt(digits, 16)
    if (text.length < end + 2 + size + 2) return line
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
    if (text.slice(at - 2, at) !== '\r\n') throw new Error('end of a chunk')
    if (size === 0) return { request: { line, headers, body }, rest: text.slice(at) }
  }
}

/** Listens on loopback and answers every plain request alike. */
export const createStrictRecorder = async (): Promise<StrictRecorder> => {
  const requests: WireRequest[] = []
  const unfinished: string[] = []
  const violations: string[] = []
  const sockets = new Set<Socket>()

  const server = createServer((socket) => {
    sockets.add(socket)
    let text = ''
    let waiting: string | undefined
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      try {
        for (;;) {
          const parsed = parse(text)
          waiting = typeof parsed === 'string' ? parsed : undefined
          if (typeof parsed !== 'object') return
          text = parsed.rest
          requests.push(parsed.request)
          socket.write(ANSWER)
        }
      } catch (error) {
        violations.push(error instanceof Error ? error.message : 'unknown')
        socket.destroy()
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      if (waiting !== undefined) unfinished.push(waiting)
      else if (text !== '') violations.push(`left over: ${text.slice(0, 200)}`)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    port,
    requests,
    unfinished,
    violations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
