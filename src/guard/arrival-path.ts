const MAX_LENGTH = 512

/** Scheme and authority of an absolute form; the authority may hold a password. */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Where a query or a parameter begins, or would begin for a server that decodes the path first. */
const QUERY_START = /[?#;&=\\]|%(?:25|2[36]|3[BDF])/i

/**
 * The path of a raw target as it may be recorded: without authority and from the first character on which
 * a credential could follow, cut to a length. For a canonical path it is the path itself, unless that
 * has one of `& = ;` in it.
 */
export const arrivalPath = (target: string): string => {
  const path = target.startsWith('/') ? target : target.replace(AUTHORITY, '')
  const end = path.search(QUERY_START)
  return path.slice(0, Math.min(MAX_LENGTH, end === -1 ? path.length : end))
}
