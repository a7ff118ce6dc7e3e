import type { Context } from 'hono'
import { z } from 'zod'
import { MAX_SWITCH_WHY_CHARS } from '../../core/switches.ts'
import { DAY_MS, parseDurationMs } from '../../core/time.ts'
import { problemJson } from './problem-json.ts'

const MAX_FOR_MS = 30 * DAY_MS

/** `true` of somebody who wants it whatever it does: nothing is weighed then. */
const confirm = z.boolean('write true or false').optional()

const why = z
  .string('say why')
  .max(MAX_SWITCH_WHY_CHARS)
  .refine((text) => text.trim() !== '', 'say why')

/** Of an operator who sets a switch: all of it, in place of an earlier one. */
export const setBody = z
  .strictObject({
    mode: z.enum(['enforce', 'shadow', 'off'], 'write enforce, shadow or off').optional(),
    rollout: z.number('write a number from 0 to 100').min(0).max(100).optional(),
    for: z
      .string()
      .transform((text) => parseDurationMs(text) ?? 0)
      .refine((ms) => ms > 0 && ms <= MAX_FOR_MS, 'write a duration such as 30m, 30d at most')
      .optional(),
    why,
    confirm,
  })
  .refine(
    ({ mode, rollout }) => mode !== undefined || rollout !== undefined,
    'write mode, rollout or both',
  )

/** Of an operator who lets a switch stay. */
export const whyBody = z.strictObject({ why: why.optional() })

/** Of an operator who takes switches back. */
export const backBody = z.strictObject({ why: why.optional(), confirm })

/** The version a write was made for, as it stands in `If-Match`; `any` where that says so and may. */
type ForVersion =
  | { readonly ok: true; readonly version: number | 'any' }
  | { readonly ok: false; readonly no: Response }

/** Reads `If-Match` (RFC 9110, 13.1.1) of a write; one without it is refused (RFC 6585, 3). */
export const forVersion = (c: Context, anyIsEnough = false): ForVersion => {
  const header = c.req.header('if-match')
  if (header === undefined) {
    const detail = 'send If-Match with the ETag of GET /api/v1/switches'
    return { ok: false, no: problemJson(c, 'precondition-required', detail) }
  }
  if (header.trim() === '*' && anyIsEnough) return { ok: true, version: 'any' }
  const version = /^\s*"(\d{1,15})"\s*$/.exec(header)?.[1]
  return version === undefined
    ? {
        ok: false,
        no: problemJson(c, 'invalid-parameter', 'If-Match: write one ETag, such as "7"'),
      }
    : { ok: true, version: Number(version) }
}
