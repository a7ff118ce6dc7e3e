import { z } from 'zod'
import { NANO_PER_USD } from '../core/amount-text.ts'
import type { Facts } from '../core/facts.ts'
import type { CounterReading } from '../policy/render-explanation.ts'
import { askAdmin } from './ask-admin.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** Counters of a running guard by the id of their limit, and the policy it has in force. */
export type Counters =
  | {
      readonly ok: true
      readonly revision: string
      readonly limits: ReadonlyMap<string, CounterReading>
    }
  | { readonly ok: false; readonly exit: ExitCode; readonly what: string }

const amount = z.number().nonnegative()

const answerSchema = z.object({
  revision: z.string().max(100),
  limits: z.array(
    z.object({
      limit: z.string().max(100),
      unit: z.enum(['calls', 'tokens', 'usd']),
      quota: amount,
      consumed: amount,
      remaining: amount,
      reset_ms: amount,
      resets_at: z.iso.datetime().optional(),
    }),
  ),
})

/** Hashed with a key that only the running guard has, or worked out by its policy. */
const NOT_SENT = /^(?:trust\.|risk\.|caller\.credential$|caller\.stack$|payment\.instrument$)/

const MAX_TEXT_CHARS = 512

const queryOf = (facts: Facts): string => {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(facts.toJSON())) {
    if (NOT_SENT.test(name)) continue
    for (const one of Array.isArray(value) ? value : [value]) {
      const text = String(one)
      if (text.length <= MAX_TEXT_CHARS) query.append(name, text)
    }
  }
  return query.toString()
}

/** Reads, from a running guard, the counters that a call with these facts would meet. Never rejects. */
export const readCounters = async (
  admin: string,
  facts: Facts,
  environment?: { readonly [name: string]: string | undefined },
): Promise<Counters> => {
  const answer = await askAdmin(admin, `/api/v1/limits?${queryOf(facts)}`, environment)
  if (!answer.ok) return answer
  const parsed = answerSchema.safeParse(answer.body)
  if (!parsed.success) {
    const what = `what answers at ${new URL(admin).origin} is not the admin listener of a guard`
    return { ok: false, exit: EXIT.failed, what }
  }
  const { revision, limits } = parsed.data
  const readings = limits.map((limit): [string, CounterReading] => {
    const counted = (shown: number): number =>
      limit.unit === 'usd' ? Math.round(shown * NANO_PER_USD) : shown
    return [
      limit.limit,
      {
        quota: counted(limit.quota),
        consumed: counted(limit.consumed),
        remaining: counted(limit.remaining),
        resetMs: limit.reset_ms,
        resetsAt: limit.resets_at,
      },
    ]
  })
  return { ok: true, revision, limits: new Map(readings) }
}
