import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import type { Audit } from './audit.ts'
import type { AdminEnv } from './resource.ts'
import { problemJson } from './problem-json.ts'

/** A change of state, as the audit needs it. */
export type Change<T> = {
  readonly who: string
  readonly what: string
  readonly why: string | undefined
  readonly before: unknown
  readonly make: () => T | Promise<T>
  /** What the audit keeps of the result. */
  readonly after: (result: T) => unknown
  readonly answer: (result: T) => Response
}

/**
 * Makes a change between two entries of the audit. Where the first cannot be written nothing is changed;
 * where the second cannot, the caller is told that the change stands and its record is not complete.
 */
export const makeChange = async <T>(
  c: Context<AdminEnv>,
  audit: Audit,
  change: Change<T>,
): Promise<Response> => {
  const { who, what, why, before } = change
  const id = randomUUID()
  try {
    await audit.record({ id, phase: 'asked', who, what, before, why })
  } catch {
    return problemJson(c, 'audit-failed')
  }
  let result: T | undefined
  let failed: unknown
  try {
    result = await change.make()
  } catch (error) {
    failed = error
  }
  const after = result === undefined ? { failed: true } : change.after(result)
  try {
    await audit.record({ id, phase: 'done', who, what, after })
  } catch {
    return problemJson(c, 'audit-incomplete', undefined, { change: id })
  }
  if (result === undefined) throw failed
  return change.answer(result)
}
