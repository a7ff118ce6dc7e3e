import { html, type raw } from 'hono/html'

/** HTML that is safe to send: every text in it was escaped. */
export type Markup = ReturnType<typeof raw>

/** A template of HTML. Texts are escaped, {@link Markup} is not, `undefined` and `false` are nothing. */
export const markup = (pieces: TemplateStringsArray, ...values: readonly unknown[]): Markup => {
  const made = html(pieces, ...values)
  if (made instanceof Promise) throw new TypeError('a page is put together from what is at hand')
  return made
}
