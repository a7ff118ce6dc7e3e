/** One request of an SDK and its answer, as they stood on the wire. */
export type Flight = {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** The id of the decision; empty where no guard answered. */
  readonly decision: string
  /** Body bytes that arrived so far. */
  readonly bytes: () => Buffer
}

/** What is done to a request on its way, for mistakes no SDK makes by itself. */
export type Spoil = (url: URL, init: RequestInit, headers: Headers) => RequestInit

/** Headers of one connection, and the date of the server's own clock. */
const NOT_END_TO_END = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date'])
const OWN = 'x-stillwatch-decision'
/** What the guard adds to every answer: its decision, and what is left of its own limits. */
const ADDED = new Set([OWN, 'ratelimit', 'ratelimit-policy'])

/** The headers that belong to the answer itself, by name, without the guard's own ones. */
export const endToEnd = (headers: Headers): [string, string][] =>
  [...headers].filter(([name]) => !NOT_END_TO_END.has(name) && !ADDED.has(name))

/**
 * A `fetch` for SDKs that notes every flight, retries included, and passes each byte on as it comes; a
 * request that fails before its answer is noted with status 0.
 */
export const createWireTap = (options: { readonly spoil?: Spoil } = {}) => {
  const flights: Flight[] = []
  const tapped = async (...[input, init = {}]: Parameters<typeof fetch>): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input)
    const asked = input instanceof Request ? input.headers : init.headers
    const headers = new Headers(asked)
    const sent = options.spoil?.(url, init, headers) ?? init
    const note = { method: sent.method ?? 'GET', url: url.href }
    let response: Response
    try {
      response = await fetch(url, { ...sent, headers })
    } catch (error) {
      const none = { status: 0, headers: new Headers(), decision: '', bytes: () => Buffer.alloc(0) }
      flights.push({ ...note, ...none })
      throw error
    }
    const chunks: Uint8Array[] = []
    flights.push({
      ...note,
      status: response.status,
      headers: response.headers,
      decision: response.headers.get(OWN) ?? '',
      bytes: () => Buffer.concat(chunks),
    })
    const copy = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => {
        chunks.push(chunk)
        out.enqueue(chunk)
      },
    })
    return new Response(response.body?.pipeThrough(copy) ?? null, response)
  }
  return { fetch: tapped, flights }
}
