import { z } from 'zod'
import { BACKTEST_CALLS } from './backtesting.ts'
import { backtestView } from './backtest-view.ts'
import { changedPolicy, weighChange } from './judging.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminResource } from './resource.ts'

const MAX_BODY_BYTES = 2 * 1024 * 1024
const MAX_DOCUMENTS = 200
const MAX_PROBLEMS = 200
const NOTHING_JUDGED = 'this guard has no policy to compare with'

const id = z.string().min(1).max(64)

const proposal = z
  .strictObject({
    documents: z
      .array(z.strictObject({ file: z.string().min(1).max(512), source: z.string() }))
      .min(1)
      .max(MAX_DOCUMENTS)
      .refine(
        (all) => new Set(all.map(({ file }) => file)).size === all.length,
        'the same file stands there twice',
      )
      .optional(),
    switches: z
      .array(
        z.strictObject({
          id,
          mode: z.enum(['enforce', 'shadow', 'off'], 'write enforce, shadow or off').optional(),
          rollout: z.number('write a number from 0 to 100').min(0).max(100).optional(),
        }),
      )
      .max(1_000)
      .refine(
        (all) => new Set(all.map((one) => one.id)).size === all.length,
        'the same id stands there twice',
      )
      .optional(),
    limit: z.int().min(1).max(BACKTEST_CALLS.most).default(BACKTEST_CALLS.usual),
  })
  .refine(
    ({ documents, switches }) => documents !== undefined || switches !== undefined,
    'write documents, switches or both',
  )

/** What a change would have done to recent calls, before anybody makes it. */
export const backtestResources = ({ judging }: AdminParts): readonly AdminResource[] => [
  {
    method: 'POST',
    path: '/backtest',
    role: 'operator',
    body: proposal,
    maxBodyBytes: MAX_BODY_BYTES,
    says: 'what a changed policy or switches would have made of recorded decisions, and whether it would have to be confirmed; changes nothing; body {"documents": [{"file", "source"}], "switches": [{"id", "mode", "rollout"}], "limit": calls}',
    handle: async (c) => {
      const asked = readJson(c, proposal)
      if (!asked.ok) return asked.no
      if (judging === undefined) return problemJson(c, 'unavailable', NOTHING_JUDGED)
      const changed = changedPolicy(judging, asked.value)
      if (!changed.ok) {
        return 'problems' in changed
          ? problemJson(c, 'policy-problems', undefined, {
              problems: changed.problems.slice(0, MAX_PROBLEMS),
            })
          : problemJson(c, 'invalid-parameter', `switches: no rule or limit ${changed.unknown}`)
      }
      const { limit } = asked.value
      const weighed = await weighChange(judging, changed.policy, { limit })
      return weighed === 'busy'
        ? problemJson(c, 'busy', 'another backtest is under way')
        : c.json(backtestView(weighed.result, weighed.harm))
    },
  },
  {
    method: 'GET',
    path: '/backtest',
    role: 'viewer',
    says: 'how far the backtest under way is: {"running", "calls", "of"}',
    handle: (c) => {
      const progress = judging?.backtesting.progress()
      return c.json({ running: progress !== undefined, ...progress })
    },
  },
]
