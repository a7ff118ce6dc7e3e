import type { Fingerprint } from './fingerprint.ts'

/** Where a counter is, or would be: `slot` is `NO_SLOT` as long as nothing was charged. */
export type Place = Fingerprint & { slot: number }

/**
 * Whether a place is one that keys of a limit share for want of room: its `hi` is that of no key, but the
 * turned one of the limit's salt.
 */
export const isSharedPlace = (
  salt: Readonly<Fingerprint>,
  { hi }: Pick<Fingerprint, 'hi'>,
): boolean => hi === ~salt.hi
