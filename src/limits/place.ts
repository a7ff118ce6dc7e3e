import type { Fingerprint } from './fingerprint.ts'

/** Where a counter is, or would be: `slot` is `NO_SLOT` as long as nothing was charged. */
export type Place = Fingerprint & { slot: number }
