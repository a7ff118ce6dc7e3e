import type { Usage } from '../core/call.ts'
import type { UsageReader } from '../core/seams.ts'

/** Reads along while an answer passes. */
export type Meter = {
  /** A piece of the upstream's body, after it was passed on. */
  push(chunk: Uint8Array): void
  usage(): Usage | undefined
  /** For `bytes` of body that passed. */
  estimatedOutputTokens(bytes: number): number
}

/** Bytes of text a token stands for, about, where nothing better is known. */
const BYTES_PER_TOKEN = 4

/** A meter for an answer without tokens. */
export const NO_METER: Meter = {
  push: () => {},
  usage: () => undefined,
  estimatedOutputTokens: () => 0,
}

/** A meter for a body that cannot be read, such as a compressed one: tokens from its size alone. */
export const SIZE_METER: Meter = {
  push: () => {},
  usage: () => undefined,
  estimatedOutputTokens: (bytes) => Math.ceil(bytes / BYTES_PER_TOKEN),
}

/**
 * A meter over a dialect's reader. A reader that throws is not asked again: the answer then counts as
 * one without usage, `failed` is told once, and the bytes go on.
 */
export const createMeter = (reader: UsageReader, failed: (cause: unknown) => void): Meter => {
  let broken = false
  const guarded = <T>(read: () => T, otherwise: T): T => {
    if (broken) return otherwise
    try {
      return read()
    } catch (cause) {
      broken = true
      failed(cause)
      return otherwise
    }
  }
  return {
    push: (chunk) => {
      if (broken) return
      try {
        reader.push(chunk)
      } catch (cause) {
        broken = true
        failed(cause)
      }
    },
    usage: () => guarded(() => reader.total(), undefined),
    estimatedOutputTokens: (bytes) => {
      const bySize = SIZE_METER.estimatedOutputTokens(bytes)
      return guarded(() => reader.estimatedOutputTokens(), bySize)
    },
  }
}
