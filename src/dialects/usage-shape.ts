import type { Usage } from '../core/call.ts'
import { createByteSearch, type ByteSearch } from './byte-search.ts'
import type { JsonObject } from './json-object.ts'

/** How one kind of answer reports its usage. */
export type UsageShape = {
  /** Finds the name of the report in raw bytes, quotes included. */
  readonly name: ByteSearch
  /** The member that holds the report, and the top-level members that may hold that member. */
  readonly names: readonly Buffer[]
  /** Members of the report that are read. */
  readonly members: readonly string[]
  /**
   * Names under which the events of a stream carry generated text, quotes included; empty where answers
   * hold no text, such as embeddings and images.
   */
  readonly text: readonly ByteSearch[]
  /** The report in our words; `undefined` where it says nothing. */
  readonly usageOf: (report: JsonObject) => Usage | undefined
}

/** A shape made ready for the path, once. */
export const usageShape = (options: {
  readonly field: string
  /** Top-level members that may hold the field instead, such as `response`. */
  readonly within: readonly string[]
  readonly members: readonly string[]
  readonly text: readonly string[]
  readonly usageOf: UsageShape['usageOf']
}): UsageShape => ({
  name: createByteSearch(`"${options.field}"`),
  names: [options.field, ...options.within].map((name) => Buffer.from(name)),
  members: options.members,
  text: options.text.map((name) => createByteSearch(`"${name}"`)),
  usageOf: options.usageOf,
})
