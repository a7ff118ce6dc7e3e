import { z } from 'zod'
import { placeOfCursor, type DecisionAnswer } from '../../sinks/decision-query.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readQuery, type AdminResource } from './resource.ts'

const MAX_LIMIT = 200
const ID = /^[\w-]{1,64}$/

const name = z.string().min(1).max(256)

/** A moment: milliseconds since the epoch, or RFC 3339. */
const moment = z
  .string()
  .max(40)
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)))
  .refine((ms) => Number.isFinite(ms), 'write milliseconds or RFC 3339')

/** How many entries a page holds, for every list of the API. */
export const pageLimit = z
  .string()
  .regex(/^\d{1,6}$/, 'write a whole number')
  .transform(Number)
  .refine((count) => count >= 1 && count <= MAX_LIMIT, `write 1 to ${MAX_LIMIT}`)
  .default(50)

const filter = z.strictObject({
  id: z.string().regex(ID, 'not a decision id').optional(),
  account: name.optional(),
  credential: name.optional(),
  network: name.optional(),
  rule: name.optional(),
  verdict: z.enum(['allow', 'challenge', 'throttle', 'deny']).optional(),
  since: moment.optional(),
  until: moment.optional(),
  limit: pageLimit,
  cursor: z
    .string()
    .refine((text) => placeOfCursor(text) !== undefined, 'not a cursor of this API')
    .optional(),
})

/** Records are stored as JSON text; one that was damaged on the disk must not damage the page. */
const parsed = (records: readonly string[]): unknown[] =>
  records.flatMap((record): unknown[] => {
    try {
      return [JSON.parse(record)]
    } catch {
      return []
    }
  })

const found = (answer: DecisionAnswer<string | undefined>): DecisionAnswer<readonly unknown[]> =>
  answer.ok ? { ok: true, value: parsed(answer.value === undefined ? [] : [answer.value]) } : answer

/** What was decided: pages by filter, and single decisions by id. */
export const decisionResources = (parts: AdminParts): readonly AdminResource[] => {
  const { decisions, networkWanted } = parts

  return [
    {
      method: 'GET',
      path: '/decisions',
      role: 'viewer',
      query: filter,
      says: 'decisions, newest first; filters id, account, credential, network, rule, verdict, since, until; limit, cursor',
      handle: async (c) => {
        const query = readQuery(c, filter)
        if (!query.ok) return query.no
        const { id, since: sinceMs, until: untilMs, network: typed, ...rest } = query.value
        const network = typed === undefined ? undefined : networkWanted(typed)
        if (typed !== undefined && network === undefined) {
          return problemJson(
            c,
            'invalid-parameter',
            'network: write an address, its /24 or its /64',
          )
        }
        if (id !== undefined) {
          const answer = found(await decisions.find(id))
          if (!answer.ok) return problemJson(c, answer.why)
          return c.json({ decisions: answer.value, partial: false })
        }
        const answer = await decisions.query({ ...rest, network, sinceMs, untilMs })
        if (!answer.ok) return problemJson(c, answer.why)
        const { records, next, partial } = answer.value
        return c.json({ decisions: parsed(records), next, partial })
      },
    },
    {
      method: 'GET',
      path: '/decisions/:id',
      role: 'viewer',
      says: 'one decision by its id, also one that is not indexed while its segment is kept',
      handle: async (c) => {
        const id = c.req.param('id') ?? ''
        if (!ID.test(id)) return problemJson(c, 'invalid-parameter', 'not a decision id')
        const answer = found(await decisions.find(id))
        if (!answer.ok) return problemJson(c, answer.why)
        const [decision] = answer.value
        return decision === undefined ? problemJson(c, 'not-found') : c.json(decision)
      },
    },
  ]
}
