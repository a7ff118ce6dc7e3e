import { FACT_SLOT } from '../core/facts.ts'
import type { Sheet } from './sheet.ts'

const ENTITY = FACT_SLOT['account.entity']
const CREDENTIAL = FACT_SLOT['caller.credential']
const NETWORK = FACT_SLOT['caller.network']

/** FNV-1a over UTF-16 units. */
const hashed = (seed: number, text: string): number => {
  let hash = seed
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash
}

/** The finalizer of MurmurHash3: without it, keys that differ in the last letter only stay close. */
const spread = (hash: number): number => {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** Whom a rollout counts: the entity, else the credential, else the network. */
const subjectOf = (sheet: Sheet): string => {
  const entity = sheet[ENTITY]
  if (typeof entity === 'string') return entity
  const credential = sheet[CREDENTIAL]
  if (typeof credential === 'string') return credential
  const network = sheet[NETWORK]
  return typeof network === 'string' ? network : ''
}

/**
 * Whether a call is among the `rollout` per cent for which a rule or limit is enforced. Sticky: the same
 * entity meets the same answer on every replica and after a restart, and stays in when the share grows.
 * Different rules choose different entities.
 */
export const inRollout = (id: string, rollout: number, sheet: Sheet): boolean => {
  if (rollout >= 100) return true
  const hash = spread(hashed(hashed(0x811c9dc5, `${id} `), subjectOf(sheet)))
  return (hash / 0x1_0000_0000) * 100 < rollout
}
