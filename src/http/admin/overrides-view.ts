import type { Override } from '../../core/override.ts'
import type { SeenThere } from './overrides-seen.ts'

const at = (ms: number): string => new Date(ms).toISOString()

/** An override as the API tells it. */
export const overrideView = (override: Override): object => {
  const { id, of, name, verdict, atMs, expiresMs, by, why, ended } = override
  return {
    id,
    subject: { [of]: of === 'asn' ? Number(name) : name },
    verdict,
    state: ended === undefined ? 'on' : 'ended',
    at: at(atMs),
    expires_at: at(expiresMs),
    by,
    why,
    ended: ended && { at: at(ended.atMs), by: ended.by, why: ended.why },
  }
}

/** Who was seen lately where a refusal would hit. */
export const seenView = ({ sinceMs, calls, accounts, proven, partial }: SeenThere): object => ({
  since: at(sinceMs),
  calls,
  accounts,
  proven_entities: proven,
  partial,
})
