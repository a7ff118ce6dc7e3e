import { Pool } from 'undici'

/** Asks the endpoint of a vendor. Rejects on time-out, a broken connection, and an answer too large or encoded. */
export interface VendorAsker {
  ask(form: { readonly [field: string]: string }): Promise<VendorAnswer>
  close(): Promise<void>
}

/** An answer of any status. */
export type VendorAnswer = { readonly status: number; readonly text: string }

/** Documented answers have some 300 bytes. */
const MAX_ANSWER_BYTES = 16 * 1024
/** Questions that are asked at a time. Any beyond them would wait here, and their time-out would run. */
export const VENDOR_CONNECTIONS = 32

/**
 * A client of one address of the settings on a small pool of its own. Sends a form, follows no redirect,
 * decodes nothing, and reads at most 16 kB in `timeoutMs` from the question to the last byte.
 */
export const createVendorAsker = (options: {
  readonly url: string
  readonly timeoutMs: number
}): VendorAsker => {
  const { timeoutMs } = options
  const url = new URL(options.url)
  const pool = new Pool(url.origin, {
    connections: VENDOR_CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: timeoutMs },
  })
  return {
    ask: async (form) => {
      const answer = await pool.request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(form).toString(),
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (answer.headers['content-encoding'] !== undefined) {
        // Without a listener the abort it reports would end the process.
        answer.body.on('error', () => undefined).destroy()
        throw Object.assign(new Error('the answer is compressed'), { code: 'COMPRESSED_ANSWER' })
      }
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    close: () => pool.destroy(),
  }
}
