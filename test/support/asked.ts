import { expect } from 'vitest'
import type { Ask } from '../../src/core/call.ts'
import { Fault } from '../../src/core/fault.ts'
import type { Dialect } from '../../src/core/seams.ts'
import { routeOf } from './recorded-answers.ts'

/** What a body asks for on a route that takes POST. */
export const asked = (dialect: Dialect, path: string, json: object, bytes = 400): Ask =>
  dialect.ask(routeOf(dialect, path), json, bytes)

/** What a caller is told is wrong with a body, `undefined` where nothing is. */
export const complaint = (dialect: Dialect, path: string, json: unknown): string | undefined => {
  try {
    dialect.ask(routeOf(dialect, path), json, 10)
    return undefined
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown
    expect(thrown.code).toBe('invalid_body')
    return thrown.detail
  }
}

/** A body with a model. */
export const withModel = (rest: object): object => ({ model: 'm', ...rest })
