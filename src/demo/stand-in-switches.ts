import type { Failure } from './stand-in-failures.ts'

/** What the name of a model asks for, beside an ordinary answer. */
export type Switches = {
  readonly failure: Failure | undefined
  /** Every pause this many times as long. */
  readonly slowness: number
  /** Where the answer stops halfway: by a cut connection or by silence. */
  readonly halfway: 'cut' | 'silent' | undefined
}

const FAILURES: { readonly [model: string]: Failure } = {
  'fail-400': 400,
  'fail-429': 429,
  'fail-500': 500,
  'auth-401': 401,
}

const SLOWNESS = 20

/**
 * Reads the switches: `fail-400`, `fail-429`, `fail-500`, `auth-401`, `break-midstream`, `stall`, and
 * any name that starts with `slow-`.
 */
export const switchesOf = (model: string | undefined): Switches => ({
  failure: model === undefined ? undefined : FAILURES[model],
  slowness: model?.startsWith('slow-') === true ? SLOWNESS : 1,
  halfway: model === 'break-midstream' ? 'cut' : model === 'stall' ? 'silent' : undefined,
})
