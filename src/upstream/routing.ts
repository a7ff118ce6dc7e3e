import type { Call, DialectName } from '../core/call.ts'
import { compileGlob } from './glob.ts'

type Routed = {
  readonly dialect: DialectName
  readonly models: readonly string[]
  readonly paths?: readonly string[]
}

const anyOf = (patterns: readonly string[]): ((text: string) => boolean) => {
  const tests = patterns.map(compileGlob)
  return (text) => {
    for (const test of tests) if (test(text)) return true
    return false
  }
}

/**
 * Picks where a call goes: the first of `upstreams` that speaks its dialect and serves its model and
 * its path. A call that names no model goes to the first that serves the path.
 */
export const createRouter = <T extends Routed>(
  upstreams: readonly T[],
): ((call: Call) => T | undefined) => {
  const routes = upstreams.map((upstream) => ({
    upstream,
    servesModel: anyOf(upstream.models),
    servesPath: anyOf(upstream.paths ?? ['*']),
  }))
  return ({ dialect, ask: { model }, path }) => {
    for (const { upstream, servesModel, servesPath } of routes) {
      if (upstream.dialect !== dialect) continue
      if ((model === undefined || servesModel(model)) && servesPath(path)) return upstream
    }
    return undefined
  }
}
