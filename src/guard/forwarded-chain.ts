/**
 * The address of one entry of X-Forwarded-For as proxies write it, still unproven: `192.0.2.1`,
 * `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. The empty text stands for
 * whatever else is there.
 */
const addressPart = (entry: string): string => {
  if (entry.startsWith('[')) return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry)?.[1] ?? ''
  const colon = entry.indexOf(':')
  if (colon === -1 || colon !== entry.lastIndexOf(':')) return entry
  return /^\d{1,5}$/.test(entry.slice(colon + 1)) ? entry.slice(0, colon) : ''
}

const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** Longest entry worth looking at: an IPv6 address in brackets and quotes with a port. */
const MAX_ENTRY_LENGTH = 64

/**
 * Hands the entries of X-Forwarded-For to `visit` from the right, nearest proxy first, until it returns
 * false. Reads no further left than that, whatever the length of the field.
 */
export const walkForwardedFor = (field: string, visit: (address: string) => boolean): void => {
  let end = field.length
  for (;;) {
    const comma = field.lastIndexOf(',', end - 1)
    const start = end === 0 ? 0 : comma + 1
    const entry = end - start > MAX_ENTRY_LENGTH ? '' : trimmed(field.slice(start, end))
    if (!visit(addressPart(entry)) || start === 0) return
    end = comma
  }
}

/** One pair of an element of Forwarded (RFC 7239 section 4): a token and a token or quoted text. */
const PAIR = /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"([^"\\]*)"|([^\s",;]+))[ \t]*(?:;|$)/y
/** Elements between commas outside quotes, empty ones included. */
const ELEMENTS = /(?:[^",]|"[^"]*")+|(?<=,|^)(?=,|$)/g
const MAX_FIELD_LENGTH = 8192

/** The `for` of one element, still unproven; the empty text where it has none, two, or is malformed. */
const forOf = (element: string): string => {
  let found: string | undefined
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < element.length) {
    const pair = PAIR.exec(element)
    if (pair === null) return ''
    if (pair[1]?.toLowerCase() !== 'for') continue
    if (found !== undefined) return ''
    found = pair[2] ?? pair[3] ?? ''
  }
  return found === undefined || found.length > MAX_ENTRY_LENGTH ? '' : addressPart(found)
}

/**
 * Likewise for Forwarded. Fields are read one by one from the last: what a client quoted in its own field
 * cannot swallow a field that a proxy added. A field with an unfinished quote is one malformed entry.
 */
export const walkForwarded = (
  fields: readonly string[],
  visit: (address: string) => boolean,
): void => {
  for (let at = fields.length - 1; at >= 0; at--) {
    const field = fields[at] ?? ''
    const whole = field.length <= MAX_FIELD_LENGTH && (field.split('"').length & 1) === 1
    const elements = whole ? (field.match(ELEMENTS) ?? ['']) : ['']
    for (let last = elements.length - 1; last >= 0; last--) {
      if (!visit(forOf(elements[last] ?? ''))) return
    }
  }
}
