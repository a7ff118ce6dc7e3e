import { skipBlank, valueEndOf } from './json-member.ts'
import { jsonStringEnd } from './json-string-end.ts'

/** What a JSON text can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

/** Names and positions that lead to a value. */
export type JsonPath = readonly (string | number)[]

/**
 * One change: the value at the path is replaced, or a member that is not there is added to its object;
 * `undefined` removes the member. Objects and lists on the way must exist. No path may lead through
 * another one that is changed.
 */
export type JsonEdit = { readonly path: JsonPath; readonly value: JsonValue | undefined }

type Node = { readonly children: Map<string | number, Node>; edit: JsonEdit | undefined }

type Splice = { readonly start: number; readonly end: number; readonly text: string }

type Member = { readonly nameStart: number; readonly valueEnd: number; readonly comma: number }

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b

const NO_PLACE = new Error('the edit does not fit the document')

const leaf = (): Node => ({ children: new Map(), edit: undefined })

const treeOf = (edits: readonly JsonEdit[]): Node => {
  const root = leaf()
  for (const edit of edits) {
    let node = root
    for (const step of edit.path) {
      const next = node.children.get(step) ?? leaf()
      node.children.set(step, next)
      node = next
    }
    node.edit = edit
  }
  return root
}

/** Takes members out so that the commas between those that stay are right. */
const removals = (members: readonly Member[], removed: ReadonlySet<Member>): Splice[] => {
  let kept = false
  return members.flatMap((member, at) => {
    if (!removed.has(member)) {
      kept = true
      return []
    }
    const { nameStart, valueEnd, comma } = member
    return kept
      ? [{ start: comma, end: valueEnd, text: '' }]
      : [{ start: nameStart, end: members[at + 1]?.nameStart ?? valueEnd, text: '' }]
  })
}

const nameOf = (bytes: Buffer, start: number, end: number): string => {
  const name: unknown = JSON.parse(bytes.toString('utf8', start, end))
  if (typeof name !== 'string') throw NO_PLACE
  return name
}

const inObject = (bytes: Buffer, open: number, node: Node, splices: Splice[]): void => {
  const members: Member[] = []
  const removed = new Set<Member>()
  const left = new Map(node.children)
  let comma = -1
  let at = skipBlank(bytes, open + 1)
  while (bytes[at] === QUOTE) {
    const nameStart = at
    const nameEnd = jsonStringEnd(bytes, at + 1)
    const colon = nameEnd === -1 ? -1 : skipBlank(bytes, nameEnd)
    if (bytes[colon] !== COLON) throw NO_PLACE
    const valueStart = skipBlank(bytes, colon + 1)
    const valueEnd = valueEndOf(bytes, valueStart)
    if (valueEnd === -1) throw NO_PLACE
    const member: Member = { nameStart, valueEnd, comma }
    members.push(member)
    const name = nameOf(bytes, nameStart, nameEnd)
    const child = left.get(name)
    if (child !== undefined) {
      left.delete(name)
      if (child.edit === undefined) inValue(bytes, valueStart, child, splices)
      else if (child.edit.value === undefined) removed.add(member)
      else {
        const text = JSON.stringify(child.edit.value)
        splices.push({ start: valueStart, end: valueEnd, text })
      }
    }
    at = skipBlank(bytes, valueEnd)
    if (bytes[at] !== COMMA) break
    comma = at
    at = skipBlank(bytes, at + 1)
  }
  const added = [...left].flatMap(([name, { edit }]) => {
    if (edit === undefined) throw NO_PLACE
    return edit.value === undefined
      ? []
      : [`${JSON.stringify(String(name))}:${JSON.stringify(edit.value)}`]
  })
  if (added.length > 0) {
    const text = `${added.join()}${members.length > removed.size ? ',' : ''}`
    splices.push({ start: open + 1, end: open + 1, text })
  }
  splices.push(...removals(members, removed))
}

const inArray = (bytes: Buffer, open: number, node: Node, splices: Splice[]): void => {
  let left = node.children.size
  let at = skipBlank(bytes, open + 1)
  for (let index = 0; left > 0 && bytes[at] !== CLOSE_ARRAY; index++) {
    const valueEnd = valueEndOf(bytes, at)
    if (valueEnd === -1) throw NO_PLACE
    const child = node.children.get(index)
    if (child !== undefined) {
      left--
      inValue(bytes, at, child, splices)
    }
    at = skipBlank(bytes, valueEnd)
    if (bytes[at] !== COMMA) break
    at = skipBlank(bytes, at + 1)
  }
  if (left > 0) throw NO_PLACE
}

const inValue = (bytes: Buffer, start: number, node: Node, splices: Splice[]): void => {
  if (bytes[start] === OPEN_OBJECT) inObject(bytes, start, node, splices)
  else if (bytes[start] === OPEN_ARRAY) inArray(bytes, start, node, splices)
  else throw NO_PLACE
}

/**
 * A JSON text with some values changed and every other byte as it was. One pass over the text, whatever
 * the number of edits. For valid JSON without duplicate names; throws where an edit does not fit.
 */
export const editJson = (body: Buffer, edits: readonly JsonEdit[]): Buffer => {
  const splices: Splice[] = []
  inValue(body, skipBlank(body, 0), treeOf(edits), splices)
  splices.sort((a, b) => a.start - b.start || a.end - b.end)
  const parts: Buffer[] = []
  let from = 0
  for (const { start, end, text } of splices) {
    parts.push(body.subarray(from, start), Buffer.from(text))
    from = end
  }
  parts.push(body.subarray(from))
  return Buffer.concat(parts)
}
