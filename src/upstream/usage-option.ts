import type { Call } from '../core/call.ts'
import type { Dialect, StreamFilter } from '../core/seams.ts'

/** A request that asks for usage on the caller's behalf. */
export type AskedUsage = { readonly body: Uint8Array; filter(): StreamFilter }

/** Whether one upstream is asked for usage that the caller did not ask for. */
export type UsageOption = {
  /** The changed request, or `undefined` where the call goes out as it came. */
  ask(call: Call): AskedUsage | undefined
  /** Whether an answer may be a refusal of the option itself. */
  mayRefuse(status: number): boolean
  /** Whether the body of such an answer names the option. */
  isRefusal(body: Uint8Array): boolean
  /** The same call went through without the option: it is not sent again. */
  refused(): void
}

/** Never asks; for an upstream that must not be. */
const NEVER: UsageOption = {
  ask: () => undefined,
  mayRefuse: () => false,
  isRefusal: () => false,
  refused: () => {},
}

/** Names that a complaint about the option holds (OpenAI and servers that speak like it). */
const NAMES = ['stream_options', 'include_usage']

/**
 * Asks for usage until the upstream refuses the option. A refusal is believed only once the same call
 * without the option was served: a caller can send a body whose refusal names the option too.
 */
export const createUsageOption = (
  dialect: Dialect,
  options: { readonly enabled: boolean; readonly onRefused: () => void },
): UsageOption => {
  if (!options.enabled) return NEVER
  let off = false
  return {
    ask: ({ route, ask, body }) =>
      off || body === undefined || !ask.stream || ask.wantsUsage
        ? undefined
        : dialect.askForUsage(route, ask, body),
    // 400 is OpenAI's; servers that validate with a schema (FastAPI) say 422.
    mayRefuse: (status) => status === 400 || status === 422,
    isRefusal: (body) => {
      const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      return NAMES.some((name) => text.includes(name))
    },
    refused: () => {
      if (off) return
      off = true
      options.onRefused()
    },
  }
}
