/** Where challenges are shown and answered, before their sealed id. */
export const CHALLENGES_PATH = '/.stillwatch/challenges/'

/** A host with or without a port; what a client put into Host ends up in a link. */
const HOST = /^(?:[A-Za-z0-9_][\w\-.~]{0,254}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** Makes the address of a challenge, by its sealed id. */
export type ChallengeUrl = (id: string, host?: string) => string

/**
 * Addresses below `publicUrl`; without one below `http://` and the host that the caller used, and a path
 * alone where that is no host.
 */
export const createChallengeUrl = (publicUrl: string | undefined): ChallengeUrl => {
  const base = publicUrl?.replace(/\/+$/, '')
  return (id, host) => {
    const path = CHALLENGES_PATH + id
    if (base !== undefined) return base + path
    return host !== undefined && HOST.test(host) ? `http://${host}${path}` : path
  }
}

/** The Host of raw headers; `undefined` where none stands there, or more than one. */
export const hostIn = (rawHeaders: readonly string[]): string | undefined => {
  let host: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== undefined) return undefined
    host = rawHeaders[at + 1]
  }
  return host
}
