import type { Hash53 } from '../../core/traits.ts'
import {
  NAMED_BY_PATH,
  PLACE_LABELS,
  SYSTEM_NAMES,
  type Place,
  type System,
} from './environment-labels.ts'
import { HEAD_CHARS, tailOf } from './mask.ts'
import type { TraitsHash } from './traits-hash.ts'

/** What a text says of the place it comes from: the values of the first line of each kind. */
export type Environment = ReadonlyMap<Place, string>

/** Text that says nothing of a place. */
export const NOWHERE: Environment = new Map()

const MAX_LABEL_CHARS = 40
const MAX_VALUE_CHARS = 200
/** Bullets, emphasis, quotes and brackets before and after labels and values. */
const DRESSING = new Set(' \t\r-*#>`"\'([{•')
const ENDING = new Set(' \t\r*`"\')]}.,;')

/** What every path and address has one of. */
const PATH_SIGN = /[/\\~]/

/** A line without what dresses it at its front. */
const bareStart = (text: string, from: number, end: number): number => {
  let at = from
  while (at < end && DRESSING.has(text[at] ?? '')) at++
  return at
}

const bareValue = (text: string, from: number, end: number): string => {
  let first = from
  let last = Math.min(end, from + MAX_VALUE_CHARS)
  while (first < last && DRESSING.has(text[first] ?? '')) first++
  while (last > first && ENDING.has(text[last - 1] ?? '')) last--
  return text.slice(first, last)
}

/** `label: value`, also with emphasis around the label; or `<label>value</label>`. */
const readLine = (text: string, from: number, end: number, found: Map<Place, string>): void => {
  const start = bareStart(text, from, end)
  const tag = text[start] === '<'
  const labelStart = tag ? start + 1 : start
  const labelEnd = Math.min(end, labelStart + MAX_LABEL_CHARS + 1)
  let colon = labelStart
  for (; colon < labelEnd; colon++) {
    const sign = text[colon]
    if (tag ? sign === '>' : sign === ':' || sign === '：') break
  }
  if (colon === labelEnd) return
  let last = colon
  while (last > labelStart && ENDING.has(text[last - 1] ?? '')) last--
  const place = PLACE_LABELS.get(text.slice(labelStart, last).toLowerCase())
  if (place === undefined || found.has(place)) return
  const close = tag ? text.slice(colon, end).indexOf('</') : -1
  const value = bareValue(text, colon + 1, close === -1 ? end : colon + close)
  if (value === '' || (NAMED_BY_PATH.has(place) && !PATH_SIGN.test(value))) return
  found.set(place, value)
}

const readLines = (text: string, found: Map<Place, string>): void => {
  for (let from = 0; from < text.length;) {
    const next = text.indexOf('\n', from)
    const end = next === -1 ? text.length : next
    if (end - from > 2) readLine(text, from, end, found)
    from = end + 1
  }
}

/**
 * The place that a system prompt or a first user turn names in labelled lines; of a long text its head and
 * tail are read. Linear: each line is looked at once, and of long lines only the beginning.
 */
export const readEnvironment = (text: string): Environment => {
  const found = new Map<Place, string>()
  readLines(text.length > HEAD_CHARS ? text.slice(0, HEAD_CHARS) : text, found)
  if (text.length > HEAD_CHARS) readLines(tailOf(text), found)
  return found.size === 0 ? NOWHERE : found
}

const ORDER: readonly Place[] = [
  'folder',
  'home',
  'repository',
  'system',
  'version',
  'shell',
  'user',
  'host',
]

/**
 * One keyed hash of what two texts of one call say of the place; both count, since a system prompt may hold
 * an example and the first user turn the real one.
 */
export const environmentHash = (
  system: Environment,
  user: Environment,
  hash: TraitsHash,
): Hash53 | undefined => {
  if (system.size + user.size === 0) return undefined
  const lines = ORDER.flatMap((place) => {
    const values = [system.get(place), user.get(place)]
    return values.every((value) => value === undefined) ? [] : [`${place}=${values.join('|')}`]
  })
  return hash.text(`environment\n${lines.join('\n')}`)
}

/** The system a name stands for; `undefined` for one that is not known. */
export const systemOf = (name: string): System | undefined => {
  const lower = name.toLowerCase()
  return SYSTEM_NAMES.find(([part]) => lower.includes(part))?.[1]
}

/** The system that the place of a call names. */
export const statedSystem = (first: Environment, second: Environment): System | undefined => {
  const name =
    first.get('system') ?? second.get('system') ?? first.get('version') ?? second.get('version')
  return name === undefined ? undefined : systemOf(name)
}

/** Part of a user agent that a system is named in: the comment, as in `(linux; x64)` (RFC 9110, 10.1.5). */
const commentOf = (agent: string): string => {
  const text = agent.slice(0, 256)
  const open = text.indexOf('(')
  const close = text.indexOf(')', open)
  return open === -1 || close === -1 ? '' : text.slice(open, close)
}

/** The system that headers name: `x-stainless-os`, else the comment of the user agent. */
export const headerSystem = (rawHeaders: readonly string[]): System | undefined => {
  let agent: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 14 && name.toLowerCase() === 'x-stainless-os') {
      return systemOf((rawHeaders[at + 1] ?? '').slice(0, 64))
    }
    if (agent === undefined && name.length === 10 && name.toLowerCase() === 'user-agent') {
      agent = rawHeaders[at + 1]
    }
  }
  return agent === undefined ? undefined : systemOf(commentOf(agent))
}
