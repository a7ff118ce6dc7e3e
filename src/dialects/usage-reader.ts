import type { UsageReader } from '../core/seams.ts'
import { asBuffer } from './as-buffer.ts'
import { bodyKind } from './content-type.ts'
import { createJsonField } from './json-field.ts'
import { createSseUsageReader } from './sse-usage-reader.ts'
import { tokensOfText } from './token-estimate.ts'
import { createUsageReport } from './usage-report.ts'
import type { UsageShape } from './usage-shape.ts'

/** Reads nothing: for routes whose answers are not charged by tokens. */
export const NO_USAGE: UsageReader = {
  push: () => {},
  total: () => undefined,
  estimatedOutputTokens: () => 0,
}

const createJsonUsageReader = (shape: UsageShape): UsageReader => {
  const report = createUsageReport(shape)
  const field = createJsonField(shape.names, report.add)
  let bytes = 0
  return {
    push: (chunk) => {
      bytes += chunk.length
      field.push(asBuffer(chunk))
    },
    total: report.total,
    estimatedOutputTokens: () => (shape.text.length === 0 ? 0 : tokensOfText(bytes)),
  }
}

const createSizeReader = (): UsageReader => {
  let bytes = 0
  return {
    push: (chunk) => {
      bytes += chunk.length
    },
    total: () => undefined,
    estimatedOutputTokens: () => tokensOfText(bytes),
  }
}

/**
 * A reader for an answer of this content type. Streams and JSON bodies are read as they pass, and
 * nothing is kept of them but the report. Of anything else nothing is read: media count as no tokens,
 * the rest by its size, which matters only for an answer that broke off.
 */
export const createUsageReader = (
  shape: UsageShape,
  contentType: string | undefined,
): UsageReader => {
  const kind = bodyKind(contentType)
  if (kind === 'json') return createJsonUsageReader(shape)
  if (kind === 'events') return createSseUsageReader(shape)
  return kind === 'media' || shape.text.length === 0 ? NO_USAGE : createSizeReader()
}
