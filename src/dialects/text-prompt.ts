import type { PromptTurn } from '../core/traits.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'

/** Messages, parts and calls of one list that are looked at; what stands behind them is left out. */
const MAX_ITEMS = 16_384

/** The first {@link MAX_ITEMS} items of an array, none where a value is no array. */
export const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) return []
  // Array.isArray leaves the items untyped; unknown is what they are.
  const list = value as readonly unknown[]
  return list.length > MAX_ITEMS ? list.slice(0, MAX_ITEMS) : list
}

/** An object, empty where a value is none. */
export const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

/** A string, empty where a value is none. */
export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The text of content: a string, or parts with a `text` each, joined by line feeds. */
export const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content
  if (isJsonObject(content)) return stringOf(content['text'])
  const texts: string[] = []
  for (const part of listOf(content)) {
    const text = typeof part === 'string' ? part : isJsonObject(part) ? part['text'] : undefined
    if (typeof text === 'string') texts.push(text)
  }
  return texts.length === 1 ? (texts[0] ?? '') : texts.join('\n')
}

/** Values and levels of arguments and results that are looked at, and characters of them. */
const MAX_VALUES = 4_096
const MAX_DEPTH = 8
const MAX_CHARS = 262_144

/**
 * The text of arguments or a result that stand in a body as JSON: names and plain values in their order,
 * a line each. The same value always gives the same text, which is all that is asked of it.
 */
export const textOfJson = (value: unknown): string => {
  if (typeof value === 'string') return value
  const lines: string[] = []
  let values = MAX_VALUES
  let chars = MAX_CHARS
  const add = (line: string): void => {
    lines.push(line)
    chars -= line.length
  }
  const walk = (item: unknown, depth: number): void => {
    if (values-- <= 0 || chars <= 0 || depth > MAX_DEPTH) return
    if (Array.isArray(item)) {
      for (const one of listOf(item)) {
        if (values <= 0) return
        walk(one, depth + 1)
      }
    } else if (isJsonObject(item)) {
      for (const name in item) {
        if (values <= 0) return
        add(name)
        walk(item[name], depth + 1)
      }
    } else add(String(item))
  }
  walk(value, 0)
  return lines.join('\n')
}

/** A tool the model called, as text of its turn. */
export const callText = (name: unknown, args: unknown): string =>
  `${stringOf(name)} ${textOfJson(args)}`

/** Two texts of one turn. */
export const joined = (first: string, second: string): string =>
  first === '' ? second : second === '' ? first : `${first}\n${second}`

/** What went before but does not stand in the body: an answer of which nothing is known. */
export const UNSEEN_HISTORY: PromptTurn = { role: 'assistant', text: '' }
