import type { CampaignMember } from '../../core/campaign.ts'

/** Place of a member in the order of {@link byProbability}. */
type Place = Pick<CampaignMember, 'probability' | 'entity'>

const byPlace = (a: Place, b: Place): number =>
  b.probability - a.probability || (a.entity < b.entity ? -1 : a.entity > b.entity ? 1 : 0)

/** Members of the most probable first; those as probable by name, so that pages fit together. */
export const byProbability = (members: readonly CampaignMember[]): CampaignMember[] =>
  members.toSorted(byPlace)

/** A place as a cursor: opaque to callers, safe in a query. */
export const cursorOf = ({ probability, entity }: Place): string =>
  Buffer.from(JSON.stringify([probability, entity])).toString('base64url')

const MAX_CURSOR_CHARS = 2_048

/** The place a cursor names; `undefined` for one this API never gave. */
export const placeOf = (cursor: string): Place | undefined => {
  if (cursor.length > MAX_CURSOR_CHARS || !/^[\w-]+$/.test(cursor)) return undefined
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (!Array.isArray(parsed) || parsed.length !== 2) return undefined
    const [probability, entity] = parsed as readonly unknown[]
    return typeof probability === 'number' && typeof entity === 'string'
      ? { probability, entity }
      : undefined
  } catch {
    return undefined
  }
}

/**
 * The members after a place: nobody comes twice and nobody who stays put is missed, also where others
 * join or leave between two pages.
 */
export const membersAfter = (
  members: readonly CampaignMember[],
  after: Place | undefined,
  limit: number,
): { readonly page: readonly CampaignMember[]; readonly next: string | undefined } => {
  const ordered = byProbability(members)
  const from = after === undefined ? 0 : ordered.findIndex((member) => byPlace(after, member) < 0)
  const page = from < 0 ? [] : ordered.slice(from, from + limit)
  const last = page.at(-1)
  const more = from >= 0 && from + page.length < ordered.length
  return { page, next: more && last !== undefined ? cursorOf(last) : undefined }
}
