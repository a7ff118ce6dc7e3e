/**
 * The body of a request as text, empty where there is none, `undefined` past `maxBytes`. Whatever the
 * request announces, no more than that is kept: a length that is too large is not read at all, and a
 * stream is read until it passes the bound. Also `undefined` where the sender breaks off: there is nobody
 * left to be told the difference.
 */
export const boundedBody = async (
  request: Request,
  maxBytes: number,
): Promise<string | undefined> => {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return undefined
  // The library types leave the pieces of a body open; the Fetch standard says they are bytes.
  const body = request.body as ReadableStream<Uint8Array> | null
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length
      // Leaving the loop cancels the stream.
      if (sizeBytes > maxBytes) return undefined
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks, sizeBytes).toString()
}
