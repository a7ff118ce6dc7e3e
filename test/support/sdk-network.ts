import type { Dialect, Refusal } from '../../src/core/seams.ts'

/** Content type of a stream. */
export const EVENTS = 'text/event-stream'

/** What a running answer is broken off with. */
export const BROKEN: Refusal = {
  status: 502,
  code: 'upstream_broken',
  message: 'The model API broke off its answer. Try again.',
  id: '01k0',
}

/** A refusal by a limit. */
export const limited = (retryAfterMs: number): Refusal => ({
  status: 429,
  code: 'limit_exceeded',
  message: 'The limit is reached.',
  id: '01k0',
  retryAfterMs,
  counted: 'tokens',
})

/** A refusal by a policy. */
export const denied: Refusal = {
  status: 403,
  code: 'denied',
  message: 'Not permitted.',
  id: '01k0',
}

/** A network that answers every request alike and counts them. */
const answering = (make: () => Response) => {
  const network = {
    attempts: 0,
    fetch: (): Promise<Response> => {
      network.attempts++
      return Promise.resolve(make())
    },
  }
  return network
}

/** A network that refuses every request. */
export const refusing = (dialect: Dialect, refusal: Refusal) =>
  answering(() => {
    const { status, rawHeaders, body } = dialect.refuse(refusal)
    const headers = new Headers()
    for (let at = 0; at < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
    }
    return new Response(Buffer.from(body), { status, headers })
  })

/** A network that answers with a stream in these pieces, one write each. */
export const streaming = (pieces: readonly Uint8Array[]) =>
  answering(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => {
            for (const piece of pieces) if (piece.length > 0) controller.enqueue(piece)
            controller.close()
          },
        }),
        { headers: { 'content-type': EVENTS } },
      ),
  )

/** The `fetch` an SDK takes. */
export type Network = { readonly fetch: typeof fetch }

/** Everything a stream gives. */
export const drain = async (stream: AsyncIterable<unknown>): Promise<unknown[]> => {
  const seen: unknown[] = []
  for await (const item of stream) seen.push(item)
  return seen
}

/** What a call throws; that it throws nothing is an error. */
export const thrownBy = async (run: () => Promise<unknown>): Promise<unknown> => {
  try {
    await run()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}
