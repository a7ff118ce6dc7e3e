import { isJsonObject } from './json-object.ts'
import { tokensOfText } from './token-estimate.ts'

/** Below this a body cannot hold enough media to matter, and is not walked. */
const SMALL_BYTES = 16 * 1024
/** Strings shorter than this count as text whatever they are. */
const MEDIA_CHARS = 2_048
/** Values and levels looked at in one body; what lies beyond counts as text. */
const MAX_VALUES = 20_000
const MAX_DEPTH = 32
/**
 * Bytes of an image, sound or document a token stands for, about: a photograph of 300 kB costs 250 to
 * 1,600 tokens, a minute of speech (500 kB as mp3) 600 to 2,000.
 */
const MEDIA_BYTES_PER_TOKEN = 512

/** Members that hold base64 media where all three providers' formats put them. */
const MEDIA_MEMBERS: ReadonlySet<string> = new Set([
  'url',
  'image_url',
  'file_data',
  'data',
  'b64_json',
])

/** Characters of a string that is media by its looks: a data URL, or base64 at both ends. */
const mediaChars = (member: string, value: string): number => {
  if (value.length < MEDIA_CHARS || !MEDIA_MEMBERS.has(member)) return 0
  if (value.startsWith('data:')) return value.length
  return /^[\w+/-]{64}$/.test(value.slice(0, 64)) && /^[\w+/=-]{64}$/.test(value.slice(-64))
    ? value.length
    : 0
}

/** Characters of inline media in a parsed body. */
const mediaIn = (json: unknown): number => {
  let chars = 0
  let left = MAX_VALUES
  const walk = (value: unknown, depth: number): void => {
    if (left-- <= 0 || depth > MAX_DEPTH) return
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === 'object') walk(item, depth + 1)
    } else if (isJsonObject(value)) {
      for (const member in value) {
        const item = value[member]
        if (typeof item === 'string') chars += mediaChars(member, item)
        else if (typeof item === 'object') walk(item, depth + 1)
      }
    }
  }
  walk(json, 0)
  return chars
}

/**
 * Input tokens of a JSON body, from its size alone: a tokeniser is a thousand times slower and can be
 * made to hang. Four bytes a token errs upwards for JSON by its punctuation and for Chinese downwards by
 * about a third. Inline media count by a rate of their own: as text, one photograph would reserve a
 * day's quota. An attacker gains nothing by dressing text as media, since the call is settled with what
 * the upstream reports.
 */
export const inputTokensOf = (json: unknown, bodyBytes: number): number => {
  if (bodyBytes < SMALL_BYTES) return tokensOfText(bodyBytes)
  const media = Math.min(mediaIn(json), bodyBytes)
  return tokensOfText(bodyBytes - media) + Math.ceil(media / MEDIA_BYTES_PER_TOKEN)
}

/** Input tokens of an upload of images or sound, from its size. */
export const inputTokensOfMedia = (bodyBytes: number): number =>
  Math.ceil(bodyBytes / MEDIA_BYTES_PER_TOKEN)
