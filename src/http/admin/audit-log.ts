import { z } from 'zod'
import { pageLimit } from './decisions.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readQuery, type AdminResource } from './resource.ts'

const query = z.strictObject({
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'not a cursor of this API')
    .transform(Number)
    .optional(),
})

/** Who changed what, for operators. */
export const auditResources = ({ audit }: AdminParts): readonly AdminResource[] => [
  {
    method: 'GET',
    path: '/audit',
    role: 'operator',
    query,
    says: 'changes, newest first: who, when, what, before, after, why; limit, cursor',
    handle: async (c) => {
      const read = readQuery(c, query)
      if (!read.ok) return read.no
      try {
        const page = await audit.page({ limit: read.value.limit, before: read.value.cursor })
        return c.json({ entries: page.entries, next: page.next?.toString() })
      } catch {
        return problemJson(c, 'unavailable', 'the audit file cannot be read')
      }
    },
  },
]
