/** Place of a process in the fleet as it last knew it: number of replicas, and its own from 0. */
export type FleetPlace = { readonly replicas: number; readonly index: number }

/**
 * What a process may use up of a quota while it cannot ask the others: an equal part, and the remainder
 * by ones to the first replicas in the order of their ids, so that the shares of all add up to the quota.
 */
export const shareOf = (quota: number, { replicas, index }: FleetPlace): number =>
  Math.floor(quota / replicas) + (index < quota % replicas ? 1 : 0)
