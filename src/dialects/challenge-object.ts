import type { Offer } from '../core/challenge.ts'

/** The `challenge` object of a refusal. `expires_at` is RFC 3339. */
export type ChallengeObject = {
  readonly id: string
  readonly kind: Offer['kind']
  readonly url: string
  readonly expires_at: string
  readonly puzzle?: Offer['puzzle']
}

/** An offer as it stands inside the error of a refusal, the same in every dialect. */
export const challengeObject = ({ id, kind, url, expiresMs, puzzle }: Offer): ChallengeObject => ({
  id,
  kind,
  url,
  expires_at: new Date(expiresMs).toISOString(),
  ...(puzzle && { puzzle }),
})
