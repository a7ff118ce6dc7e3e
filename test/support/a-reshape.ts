import type { Route } from '../../src/core/call.ts'
import type { Reshape, Reshaped } from '../../src/core/reshape.ts'
import type { Dialect } from '../../src/core/seams.ts'

/** Everything that can be taken away, as strict as the policy that is shipped. */
export const ALL: Reshape = {
  hideReasoning: true,
  maxTokens: 2048,
  candidates: 1,
  noLogprobs: true,
}

/** Nothing but what a test names. */
export const only = (changes: Partial<Reshape>): Reshape => ({
  hideReasoning: false,
  maxTokens: undefined,
  candidates: undefined,
  noLogprobs: false,
  ...changes,
})

/** The route of a path of a dialect. Throws where it has none. */
export const routeOf = (dialect: Dialect, path: string): Route => {
  const route = dialect.route('POST', path)
  if (route === undefined || route === 'method_not_allowed') throw new Error(`no route for ${path}`)
  return route
}

/** What becomes of a body, as the dialect reads and reshapes it. */
export const reshaped = (
  dialect: Dialect,
  path: string,
  body: object | string,
  reshape: Reshape = ALL,
): Reshaped & {
  readonly text: string
  readonly json: unknown
  readonly ask: ReturnType<Dialect['ask']>
} => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const bytes = Buffer.from(text)
  const route = routeOf(dialect, path)
  const ask = dialect.ask(route, JSON.parse(text), bytes.length)
  const done = dialect.reshape(route, ask, bytes, reshape)
  if (done?.body === undefined) throw new Error(`${path} is not reshaped`)
  const after = Buffer.from(done.body).toString()
  const { changed, unsupported } = done
  return { text: after, json: JSON.parse(after) as unknown, ask: done.ask, changed, unsupported }
}
