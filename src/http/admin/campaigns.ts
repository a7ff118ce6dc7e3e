import type { Context } from 'hono'
import { z } from 'zod'
import type { CampaignMember, Campaigns, CampaignSummary } from '../../core/campaign.ts'
import { EXPORT_FORMATS, exportPieces, pieceStream } from './campaigns-export.ts'
import { campaignId, NO_DETECTOR, tryDetector } from './campaigns-detector.ts'
import { campaignOfEntity } from './campaigns-of-entity.ts'
import { labelResource } from './campaigns-label.ts'
import { byProbability, membersAfter, placeOf } from './campaigns-page.ts'
import { evidenceView, memberView, statusView, summaryView } from './campaigns-view.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readQuery, type AdminResource } from './resource.ts'

const MAX_LISTED = 1_000
const MAX_ENTITY_CHARS = 256

const count = (most: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'write a whole number')
    .transform(Number)
    .refine((n) => n >= 1 && n <= most, `write 1 to ${most}`)
    .default(otherwise)

const level = z
  .string()
  .regex(/^[0-4]$/, 'write 0, 1, 2, 3 or 4')
  .transform(Number)
  .optional()

const listQuery = z.strictObject({
  level,
  min_level: level,
  state: z.enum(['watched', 'acting', 'confirmed', 'dismissed', 'ended']).optional(),
  entity: z.string().min(1).max(MAX_ENTITY_CHARS).optional(),
  limit: count(MAX_LISTED, 200),
})

const membersQuery = z.strictObject({
  limit: count(1_000, 100),
  after: z
    .string()
    .transform((text) => placeOf(text))
    .refine((place) => place !== undefined, 'not a cursor of this API')
    .optional(),
})

const exportQuery = z.strictObject({ format: z.enum(EXPORT_FORMATS).default('json') })

/** What matters most first: what is acted on, then what comes near it. */
const byWeight = (a: CampaignSummary, b: CampaignSummary): number =>
  b.level - a.level || b.score - a.score || b.members - a.members || (a.id < b.id ? -1 : 1)

const TYPES = { json: 'application/json', csv: 'text/csv; charset=utf-8' } as const

/** What was found, why, and what operators say of it. */
export const campaignResources = (parts: AdminParts): readonly AdminResource[] => {
  const { accounts, campaigns, clock, marks } = parts

  /** The entity of an account; `undefined` where the source does not know it, or does not answer. */
  const entityOf = async (account: string, atMs: number): Promise<string | undefined> => {
    try {
      return (await accounts.facts(account, atMs))?.known('account.entity')
    } catch {
      return undefined
    }
  }

  /** The campaign of an account, or of the entity that is called so. */
  const belongingOf = async (name: string, detector: Campaigns) => {
    const atMs = clock.now()
    const entity = await entityOf(name, atMs)
    // Whoever belongs to an entity is judged as that entity, whatever else is called like the account.
    const wanted = entity ?? name
    const mark = marks?.of(wanted, atMs)
    return { entity: wanted, found: await campaignOfEntity(detector, [wanted], mark) }
  }

  const listed = async (c: Context, detector: Campaigns): Promise<Response> => {
    const query = readQuery(c, listQuery)
    if (!query.ok) return query.no
    const asked = query.value
    const about = asked.entity === undefined ? undefined : belongingOf(asked.entity, detector)
    const [status, all, of] = await Promise.all([
      detector.status(),
      about === undefined
        ? detector.list()
        : about.then(({ found }) => (found === undefined ? [] : [found.campaign])),
      about,
    ])
    const wanted = all.filter(
      (one) =>
        (asked.level === undefined || one.level === asked.level) &&
        (asked.min_level === undefined || one.level >= asked.min_level) &&
        (asked.state === undefined || one.state === asked.state),
    )
    return c.json({
      status: statusView(status),
      entity: of?.entity,
      member: of?.found?.member && memberView(of.found.member),
      total: wanted.length,
      campaigns: wanted.toSorted(byWeight).slice(0, asked.limit).map(summaryView),
    })
  }

  const shown = async (c: Context, detector: Campaigns, id: string): Promise<Response> => {
    const evidence = await detector.show(id)
    return evidence === undefined ? problemJson(c, 'not-found') : c.json(evidenceView(evidence))
  }

  const paged = async (c: Context, detector: Campaigns, id: string): Promise<Response> => {
    const query = readQuery(c, membersQuery)
    if (!query.ok) return query.no
    const members = await detector.members(id)
    if (members === undefined) return problemJson(c, 'not-found')
    const { page, next } = membersAfter(members, query.value.after, query.value.limit)
    return c.json({ campaign: id, total: members.length, members: page.map(memberView), next })
  }

  const exported = async (c: Context, detector: Campaigns, id: string): Promise<Response> => {
    const query = readQuery(c, exportQuery)
    if (!query.ok) return query.no
    const { format } = query.value
    const [evidence, members] = await Promise.all([detector.show(id), detector.members(id)])
    if (evidence === undefined || members === undefined) return problemJson(c, 'not-found')
    const ordered: readonly CampaignMember[] = byProbability(members)
    return c.body(pieceStream(exportPieces(format, evidence, ordered)), 200, {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="campaign-${id.replace(/[^\w.-]/g, '_')}.${format}"`,
    })
  }

  /** A resource that reads about one campaign. */
  const about = (
    path: string,
    says: string,
    answer: (c: Context, detector: Campaigns, id: string) => Promise<Response>,
    query?: z.ZodType,
  ): AdminResource => ({
    method: 'GET',
    path: `/campaigns/:id${path}`,
    role: 'viewer',
    ...(query && { query }),
    says,
    handle: (c) => {
      const id = campaignId(c)
      if (id === undefined) return problemJson(c, 'invalid-parameter', 'not a campaign id')
      if (campaigns === undefined) return problemJson(c, 'unavailable', NO_DETECTOR)
      return tryDetector(c, () => answer(c, campaigns, id))
    },
  })

  return [
    {
      method: 'GET',
      path: '/campaigns',
      role: 'viewer',
      query: listQuery,
      says: 'how the detector is doing and what it found, what is acted on first; filters level, min_level, state, entity (an account or its entity: the campaign it is in); limit',
      handle: (c) =>
        campaigns === undefined
          ? problemJson(c, 'unavailable', NO_DETECTOR)
          : tryDetector(c, () => listed(c, campaigns)),
    },
    about(
      '',
      'one campaign: what its members share, how it was judged, what was ignored, what was done, what would clear it',
      shown,
    ),
    about('/members', 'its members, of the most probable first; limit, after', paged, membersQuery),
    about(
      '/export',
      'the campaign with its evidence and all members; format json or csv',
      exported,
      exportQuery,
    ),
    labelResource(parts),
  ]
}
