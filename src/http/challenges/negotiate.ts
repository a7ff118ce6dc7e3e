/** The forms in which a challenge is shown. */
export type Form = 'html' | 'json' | 'text'

const MAX_ACCEPT_LENGTH = 1_024
const MAX_RANGES = 32

const FORM_OF: ReadonlyMap<string, Form> = new Map([
  ['text/html', 'html'],
  ['application/xhtml+xml', 'html'],
  ['application/json', 'json'],
  ['text/plain', 'text'],
])

/** One entry of a weighted list (RFC 9110 section 12.4.2), its value in lower case. */
export type Weighted = { readonly value: string; readonly q: number }

/** Entries of `Accept` or `Accept-Language`, the liked first; what is malformed or refused is left out. */
export const readWeighted = (field: string): readonly Weighted[] =>
  field
    .slice(0, MAX_ACCEPT_LENGTH)
    .split(',', MAX_RANGES)
    .flatMap((entry): Weighted[] => {
      const [value = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1'
      const q = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? Number(weight) : 0
      return value === '' || q === 0 ? [] : [{ value, q }]
    })
    .toSorted((a, b) => b.q - a.q)

/**
 * The form a client asks for by `Accept`. Browsers name HTML, programs JSON; whoever names neither, as
 * curl does, reads plain text.
 */
export const formOf = (accept: string): Form => {
  for (const { value } of readWeighted(accept)) {
    const form = FORM_OF.get(value)
    if (form !== undefined) return form
  }
  return 'text'
}
