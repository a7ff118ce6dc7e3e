import { ReplyError } from 'ioredis'
import { LedgerFailure } from '../core/ledger.ts'

const LONGEST = 200
const CONTROL = /[^\x20-\x7e]+/g

/** What an error says, as one short line: it may quote what another process sent. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(CONTROL, ' ').slice(0, LONGEST)

/** Whether Redis itself answered with an error. */
const isReply = (error: unknown): error is Error =>
  // The library declares the class of its own errors as `any`.
  error instanceof (ReplyError as ErrorConstructor)

/** Whether something of another kind stands under a key. */
export const isWrongType = (error: unknown): boolean => wordsOf(error).includes('WRONGTYPE')

/** Whether nothing can be appended to a stream: something else is there, or somebody has used up its ids. */
export const isBeyondUse = (error: unknown): boolean =>
  /WRONGTYPE|last possible ID|equal or smaller/.test(wordsOf(error))

/** Whether Redis does not know a script by its hash: its cache was flushed, or it is another server. */
export const isUnknownScript = (error: unknown): boolean =>
  isReply(error) && error.message.startsWith('NOSCRIPT')

/** Words of the library for a request that it did not even send. */
const UNSENT = /isn't writeable|isn't ready|Failed to refresh slots|is ended|Connection is closed/

/**
 * Why a request to Redis failed. The error itself is left behind: it carries the arguments of the
 * command, a password among them. `sent` says whether the request may have reached a server; then a
 * lost connection leaves open whether it was carried out.
 */
export const failureOf = (error: unknown, sent: boolean): LedgerFailure => {
  if (error instanceof LedgerFailure) return error
  const words = wordsOf(error)
  if (isReply(error)) return new LedgerFailure('refused', `Redis refused: ${words}`)
  if (error instanceof Error && error.message.startsWith('Too many Cluster redirections')) {
    return new LedgerFailure('refused', words)
  }
  // How the library ends the message of an answer that breaks the protocol.
  if (words.includes('Please report this')) {
    return new LedgerFailure(
      'nonsense',
      `Redis answered with something that is no answer: ${words}`,
    )
  }
  const connection = /^(Stream|Cluster) /.test(words) || (!sent && UNSENT.test(words))
  return connection
    ? new LedgerFailure(
        'unreachable',
        `Redis is not connected: ${UNSENT.test(words) ? 'the connection is being made anew' : words}`,
      )
    : new LedgerFailure('timeout', `the connection to Redis broke before an answer: ${words}`)
}
