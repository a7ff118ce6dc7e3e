import type { RecordedCall } from '../core/trace.ts'

const headerTexts = new WeakMap<readonly string[], string>()

/** Headers as pairs in wire order; worked out once for an array. */
const headersText = (rawHeaders: readonly string[]): string => {
  const known = headerTexts.get(rawHeaders)
  if (known !== undefined) return known
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  }
  const text = JSON.stringify(pairs)
  headerTexts.set(rawHeaders, text)
  return text
}

/** One line of a trace, with its line feed. The body must be JSON in one line, as simulated ones are. */
export const traceText = (call: RecordedCall): string => {
  const { atMs, account, ip, method, path, rawHeaders, body, usage, label, solves } = call
  const who = account === undefined ? '' : `"account":${JSON.stringify(account)},`
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return `{"at":${atMs},${who}"ip":"${ip}","method":"${method}","path":${JSON.stringify(path)},"headers":${headersText(rawHeaders)},"body":${bytes.toString('utf8')},"usage":{"input_tokens":${usage?.inputTokens ?? 0},"output_tokens":${usage?.outputTokens ?? 0}},"label":${JSON.stringify(label)},"solves":${JSON.stringify(solves ?? {})}}\n`
}
