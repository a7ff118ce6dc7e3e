import { Readable } from 'node:stream'
import { Fault } from '../core/fault.ts'
import type { Exchange } from '../core/seams.ts'
import type { RecordedCall } from '../core/trace.ts'
import { createWireHeaders } from './recorded-headers.ts'

/** A recorded call as the guard meets it. What is answered goes nowhere. */
export class RecordedExchange implements Exchange {
  readonly recorded: RecordedCall
  readonly rawHeaders: readonly string[]
  started = false

  constructor(recorded: RecordedCall, rawHeaders: readonly string[]) {
    this.recorded = recorded
    this.rawHeaders = rawHeaders
  }

  get method(): string {
    return this.recorded.method
  }

  get target(): string {
    return this.recorded.path
  }

  get peerAddress(): string {
    return this.recorded.ip
  }

  get body(): Readable {
    return Readable.from([this.recorded.body])
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    const { body } = this.recorded
    return body.length > maxBytes
      ? Promise.reject(new Fault('body_too_large'))
      : Promise.resolve(body)
  }

  start(): void {
    this.started = true
  }

  write(): boolean {
    return true
  }

  drained(resume: () => void): void {
    resume()
  }

  end(): void {}

  cut(): void {}

  gone(): void {}
}

const PLAIN_TOKEN = /^[A-Za-z0-9\-._~+/]{1,256}$/
const NOBODY = 'trace'
const KEY_IN_QUERY = /[?&]key=/

/** A secret that names the account, in characters that a key may have. */
const secretOf = (account: string): string =>
  PLAIN_TOKEN.test(account)
    ? `trace-${account}`
    : `trace+${Buffer.from(account).toString('base64url')}`

/**
 * Makes exchanges of recorded calls. The account of a call stands in place of its credential; a call
 * without one has the one credential that no account answers to.
 */
export const createRecordedExchanges = (): ((recorded: RecordedCall) => RecordedExchange) => {
  const wireHeaders = createWireHeaders()
  return (recorded) => {
    const { account, rawHeaders, body, path } = recorded
    const inQuery = path.includes('?') && KEY_IN_QUERY.test(path)
    const named = account === undefined ? NOBODY : secretOf(account)
    const secret = inQuery ? undefined : named
    return new RecordedExchange(
      recorded,
      wireHeaders(rawHeaders, { secret, bodyBytes: body.length }),
    )
  }
}
