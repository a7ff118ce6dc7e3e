import { hash } from 'node:crypto'
import type { Credential } from '../core/call.ts'
import type { Clock } from '../core/seams.ts'
import { prepareAccount, type AccountTools } from './account.ts'
import type { Remembered } from './account-cache.ts'
import type { Fetcher } from './account-fetch.ts'
import { ACCOUNT_RECORD } from './account-record.ts'
import { unexpectedStatus } from './account-trouble.ts'

/** How the operator's account service is asked. */
export type AskOptions = AccountTools & {
  readonly url: URL
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly clock: Clock
}

/** Stands for the credential in the URL of a GET. */
export const CREDENTIAL_MARK = '{credential}'

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Asks the account service about one credential, by the SHA-256 of it (64 hexadecimal digits), never by
 * the secret: `POST url` with `{"credential":"sha256:…"}`, or `GET url` with `{credential}` replaced by
 * the digits. 200 brings an account record, 404 says there is none. An answer that is no record, or one
 * of another credential, is `unusable`. Rejects where the service did not answer as a service does.
 */
export const askAccount = async (
  fetcher: Fetcher,
  credential: Credential,
  options: AskOptions,
): Promise<Remembered> => {
  const digest = hash('sha256', credential.secret, 'hex')
  const path = `${options.url.pathname}${options.url.search}`
  const atMs = options.clock.now()
  const { status, text } = await fetcher.ask(
    options.method === 'GET'
      ? {
          method: 'GET',
          // The URL parser escapes the braces of a path but not those of a query.
          path: path.replaceAll('%7Bcredential%7D', digest).replaceAll(CREDENTIAL_MARK, digest),
          headers: options.headers ?? {},
        }
      : {
          method: 'POST',
          path,
          headers: { ...options.headers, 'content-type': 'application/json' },
          body: JSON.stringify({ credential: `sha256:${digest}` }),
        },
  )
  if (status === 404) return { kind: 'none', atMs }
  if (status !== 200) throw unexpectedStatus(status)
  const parsed = ACCOUNT_RECORD.safeParse(parse(text))
  if (!parsed.success) return { kind: 'unusable', atMs }
  const { credentials } = parsed.data
  const meant =
    credentials === undefined ||
    credentials.some((one) => one === credential.secret || one.toLowerCase() === `sha256:${digest}`)
  if (!meant) return { kind: 'unusable', atMs }
  return { kind: 'account', account: prepareAccount(parsed.data, options), atMs }
}
