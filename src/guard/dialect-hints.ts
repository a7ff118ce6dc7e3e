import type { DialectHints } from './choose-route.ts'

/** What a head and a target say about the SDK behind them, read without judging anything. Never throws. */
export const hintsOf = (rawHeaders: readonly string[], target: string): DialectHints => {
  const values = new Map<string, string>()
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length <= 'access-control-request-headers'.length) {
      values.set(name.toLowerCase(), rawHeaders[at + 1] ?? '')
    }
  }
  return {
    anthropicVersion: values.get('anthropic-version'),
    xApiKey: values.get('x-api-key'),
    xGoogApiKey: values.get('x-goog-api-key'),
    queryKey: /[?&]key=/.test(target) ? '' : undefined,
    requestHeaders: values.get('access-control-request-headers'),
  }
}
