import { Fault, type FaultCode } from '../core/fault.ts'

/** How far an exchange with an upstream got. */
export type Phase = 'connecting' | 'asked' | 'answering'

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''

/**
 * The fault that an error of undici 8 stands for (its `lib/core/errors.js`). A missed deadline of the
 * connection counts as unreachable, since nothing was asked yet.
 */
export const faultCodeOf = (error: unknown, phase: Phase): FaultCode => {
  if (error instanceof Fault) return error.code
  const code = codeOf(error)
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') {
    return phase === 'answering' ? 'upstream_broken' : 'upstream_busy'
  }
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'internal'
  if (phase === 'connecting') return 'upstream_unreachable'
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return 'upstream_timeout'
  }
  return phase === 'asked' && isMalformed(error, code) ? 'upstream_invalid' : 'upstream_broken'
}

/** Whether a head was not HTTP; undici names most errors of its parser, and codes few of them. */
const isMalformed = (error: unknown, code: string): boolean =>
  code === 'UND_ERR_HEADERS_OVERFLOW' ||
  code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
  (error instanceof Error && error.name === 'HTTPParserError')
