/** An object of a parsed JSON document. */
export type JsonObject = { readonly [name: string]: unknown }

/** Whether a parsed JSON value is an object. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
