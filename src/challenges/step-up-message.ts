import { isUtf8 } from 'node:buffer'
import { z } from 'zod'
import type { Corrections } from '../core/challenge.ts'
import { FACTS } from '../core/facts.ts'

/** What an operator found out about whoever met a step-up. */
export const STEP_UP_RESULTS = ['verified', 'refused'] as const

/** One of {@link STEP_UP_RESULTS}. */
export type StepUpResult = (typeof STEP_UP_RESULTS)[number]

/** Facts of the account that a step-up may change, with the values that they can have. */
export const correctionsShape = z
  .strictObject({
    'account.verified': z.enum(FACTS['account.verified'].values),
    'account.status': z.enum(FACTS['account.status'].values),
    'payment.verified': z.boolean(),
  })
  .partial()

/** A sealed challenge: what it holds is judged by who opens it. */
export const sealedIdShape = z
  .string()
  .regex(
    /^[\w-]{1,2000}$/,
    'not the id of a challenge; take it from the link or the refusal as it is',
  )

/** The body of the webhook. */
const messageShape = z.strictObject({
  challenge: sealedIdShape,
  result: z.enum(STEP_UP_RESULTS),
  facts: correctionsShape.optional(),
})

/** An operator's word on a step-up. */
export type StepUpMessage = {
  /** Sealed id of the challenge. */
  readonly challenge: string
  readonly result: StepUpResult
  readonly facts?: Corrections | undefined
}

/** Facts without those that are not there, in the order of the table; `undefined` where none is left. */
export const statedCorrections = (
  facts: z.output<typeof correctionsShape> | undefined,
): Corrections | undefined => {
  const stated = Object.entries(facts ?? {}).filter(([, value]) => value !== undefined)
  return stated.length === 0 ? undefined : Object.fromEntries(stated)
}

/** Reads the body of a webhook; what is wrong with it, as one short sentence, where it is none. */
export const readStepUpMessage = (
  body: Uint8Array,
):
  | { readonly ok: true; readonly message: StepUpMessage }
  | { readonly ok: false; readonly what: string } => {
  if (!isUtf8(body)) return { ok: false, what: 'the body is not UTF-8' }
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
  } catch {
    return { ok: false, what: 'the body is not JSON' }
  }
  const parsed = messageShape.safeParse(value)
  if (parsed.success) {
    const { challenge, result, facts } = parsed.data
    return { ok: true, message: { challenge, result, facts: statedCorrections(facts) } }
  }
  const [first] = parsed.error.issues
  const at = first === undefined || first.path.length === 0 ? 'the body' : first.path.join('.')
  return { ok: false, what: `${at}: ${first?.message ?? 'not as documented'}`.slice(0, 300) }
}
