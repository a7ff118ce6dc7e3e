const SDK_FRAME = /node_modules\/(openai|@anthropic-ai|@google|@ai-sdk|ai)\//
/** Default deadline of OpenAI's and Anthropic's SDKs for one request: a timer, but no sleep. */
const REQUEST_TIMEOUT_MS = 600_000

/**
 * Lets the SDKs sleep no time at all and notes for how long they meant to, in milliseconds: whatever
 * sets a timer with code of an SDK on the stack. Every other timer stays as it is.
 */
export const startInstantSleeps = () => {
  const real = globalThis.setTimeout
  let slept: number[] = []
  const quick = (run: (...words: unknown[]) => void, ms = 0, ...words: unknown[]) => {
    const isSleep = ms !== REQUEST_TIMEOUT_MS && SDK_FRAME.test(new Error().stack ?? '')
    if (isSleep) slept.push(ms)
    return real(run, isSleep ? 0 : ms, ...words)
  }
  globalThis.setTimeout = Object.assign(quick, real)
  return {
    /** The sleeps since the last time this was asked. */
    taken: (): readonly number[] => {
      const taken = slept
      slept = []
      return taken
    },
    restore: (): void => {
      globalThis.setTimeout = real
    },
  }
}
