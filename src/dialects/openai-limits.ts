import type { LimitWire } from './limit-groups.ts'

const S_MS = 1_000
/** No window is longer than 90 days; what is longer than this many hours is nonsense. */
const MAX_CHARS = 24
const MS_OF: { readonly [unit: string]: number } = {
  ms: 1,
  s: S_MS,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * A wait as OpenAI writes it: `12ms` below a second, else `1s`, `6m0s`, `2h0m0s`, in whole seconds
 * rounded up. Clients read days from no such text, so that hours run on.
 */
const openaiDuration = (ms: number): string => {
  if (ms < S_MS) return `${Math.max(0, Math.ceil(ms))}ms`
  const seconds = Math.ceil(ms / S_MS)
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m${seconds % 60}s`
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`
}

const isDigit = (code: number): boolean => (code >= 48 && code <= 57) || code === 46

/** Milliseconds of a wait as OpenAI writes it, `undefined` for anything else. */
export const parseOpenaiDuration = (text: string): number | undefined => {
  if (text.length === 0 || text.length > MAX_CHARS) return undefined
  let ms = 0
  let at = 0
  while (at < text.length) {
    const from = at
    while (at < text.length && isDigit(text.charCodeAt(at))) at++
    const unitAt = at
    while (at < text.length && !isDigit(text.charCodeAt(at))) at++
    const unitMs = MS_OF[text.slice(unitAt, at)]
    const count = Number(text.slice(from, unitAt))
    if (unitAt === from || unitMs === undefined || !Number.isFinite(count)) return undefined
    ms += count * unitMs
  }
  return ms
}

/**
 * `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`. Tokens are those of question and answer
 * together: a limit over one of the two has no place here.
 */
export const OPENAI_LIMITS: LimitWire = {
  groups: [
    {
      counted: 'requests',
      names: [
        'x-ratelimit-limit-requests',
        'x-ratelimit-remaining-requests',
        'x-ratelimit-reset-requests',
      ],
    },
    {
      counted: 'tokens',
      names: [
        'x-ratelimit-limit-tokens',
        'x-ratelimit-remaining-tokens',
        'x-ratelimit-reset-tokens',
      ],
    },
  ],
  resetText: openaiDuration,
}
