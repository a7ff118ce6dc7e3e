import type { Call, Usage } from '../core/call.ts'
import type { Cost, LimitState, Reason, Ruling, ShadowHit, Shed } from '../core/decision.ts'
import type { CallEvent } from '../core/event.ts'
import type { Facts } from '../core/facts.ts'
import { FAULTS } from '../core/fault.ts'
import { numberText } from '../core/number-text.ts'
import type { FieldChange, Reshaped } from '../core/reshape.ts'
import { createAddressMask, type AddressMask, type Addresses } from './address-mask.ts'
import { factsText } from './facts-text.ts'
import { jsonText, jsonTexts } from './json-text.ts'
import { RECORD_FIELDS, RECORD_VERSION, type RecordFieldName } from './record-fields.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'

/** One event as one line of JSON, without the line feed. */
export type DecisionRecord = (event: CallEvent) => string

const MAX_ITEMS = 64
const MAX_METHOD_CHARS = 32

/** A field as it is written before its value; names are put together once, not for every record. */
const KEY = Object.fromEntries(
  Object.keys(RECORD_FIELDS).map((name) => [name, `,"${name}":`]),
  // The entries are exactly the names of the table.
) as { readonly [N in RecordFieldName]: string }

/** A number as JSON; what JSON has no word for is 0, so that a record never fails to parse. */
const jsonNumber = (value: number): string => (Number.isFinite(value) ? numberText(value) : '0')

const text = (key: string, value: string | undefined): string =>
  value === undefined ? '' : key + jsonText(value)

const number = (key: string, value: number | undefined): string =>
  value === undefined ? '' : key + jsonNumber(value)

const list = <T>(key: string, items: readonly T[], one: (item: T) => string): string => {
  if (items.length === 0) return ''
  let json = ''
  for (let at = 0; at < items.length && at < MAX_ITEMS; at++) {
    const item = items[at]
    if (item !== undefined) json += (at === 0 ? '[' : ',') + one(item)
  }
  return `${key}${json}]`
}

const texts = (key: string, items: readonly string[]): string =>
  items.length === 0 ? '' : key + jsonTexts(items, MAX_ITEMS)

let cachedSecond = NaN
let cachedPrefix = ''

/** RFC 3339; the part up to the second is made once a second, as `toISOString` costs as much as ten texts. */
const rfc3339 = (atMs: number): string => {
  const second = Math.floor(atMs / 1000)
  if (!(Math.abs(atMs) < MAX_DATE_MS)) return '1970-01-01T00:00:00.000Z'
  if (second !== cachedSecond) {
    cachedSecond = second
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, -4)
  }
  const ms = Math.floor(atMs - second * 1000)
  return `${cachedPrefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
}
const MAX_DATE_MS = 8.64e15

/**
 * The path of a request that never became a call is raw: it may be an absolute target with a user name in
 * it, or hide a query behind an escape. Only what precedes the first such sign is kept.
 */
const rawPath = (path: string): string | undefined => {
  if (!path.startsWith('/')) return undefined
  const end = path.search(/[?#;%\\@]/)
  return end === -1 ? path : path.slice(0, end)
}

const limitHeads = new Map<string, { of: LimitState; head: string }>()
const MAX_LIMIT_HEADS = 1_000

/** The part of a limit that seldom differs from one call to the next: name, switch, quota. */
const limitHead = (state: LimitState): string => {
  const known = limitHeads.get(state.limit)
  if (known !== undefined) {
    const { quota, enforced } = known.of
    if (quota === state.quota && enforced === state.enforced) return known.head
  }
  const shadow = state.enforced ? '' : ',"enforced":false'
  const head = `{"limit":${jsonText(state.limit)}${shadow},"quota":${jsonNumber(state.quota)},"cost":`
  if (known !== undefined || limitHeads.size < MAX_LIMIT_HEADS) {
    limitHeads.set(state.limit, { of: state, head })
  }
  return head
}

// The key of a counter is never written: it can hold an address in clear.
const limitText = (state: LimitState): string =>
  `${limitHead(state)}${jsonNumber(state.cost)},"remaining":${jsonNumber(state.remaining)},"reset_ms":${jsonNumber(Math.round(state.resetMs))}${state.exceeded ? ',"exceeded":true}' : '}'}`

const shadowText = (hit: ShadowHit): string =>
  `{"rule":${jsonText(hit.rule)},"verdict":"${hit.verdict}","because":"${hit.because}"}`

const reasonText = (reason: Reason): string =>
  reason.kind === 'unknown'
    ? `{"in":${jsonText(reason.in)},"fact":"${reason.fact}","why":"${reason.why}"}`
    : `{"in":${jsonText(reason.in)},"error":${jsonText(reason.text)}}`

/**
 * Weights and tiers pass over an unknown fact, for nearly every call some of them: its absence among the
 * facts says as much. An error in one is worth a line everywhere.
 */
const isTold = ({ kind, in: place }: Reason): boolean =>
  kind === 'error' || !(place.startsWith('weights.') || place.startsWith('tiers.'))

const reasonsText = (reasons: readonly Reason[]): string =>
  reasons.length === 0 ? '' : list(KEY['stillwatch.reasons'], reasons.filter(isTold), reasonText)

const callerText = (call: Call, facts: Facts | undefined, mask: AddressMask): string =>
  text(KEY['client.address'], mask.address(call.caller.address, call.caller.network)) +
  number(KEY['client.as.number'], facts?.known('ip.asn')) +
  text(KEY['client.as.organization'], facts?.known('ip.as_name')) +
  text(KEY['user_agent.original'], facts?.known('caller.user_agent'))

const requestText = ({ dialect, route, ask }: Call): string =>
  `,"stillwatch.dialect":"${dialect}"` +
  text(KEY['stillwatch.operation'], route.operation) +
  text(KEY['gen_ai.request.model'], ask.model) +
  number(KEY['gen_ai.request.max_tokens'], ask.maxTokens) +
  (ask.stream ? ',"gen_ai.request.stream":true' : ',"gen_ai.request.stream":false')

const shedText = ({ upstream, pressure, retryAfterMs }: Shed): string =>
  `${KEY['stillwatch.shed']}{"upstream":${jsonText(upstream)},"pressure":${jsonNumber(pressure)},"retry_after_ms":${jsonNumber(Math.round(retryAfterMs))}}`

const rulingText = ({ verdict, decision, admission, shed, offered }: Ruling): string => {
  const refused = admission?.admitted === false ? admission : undefined
  return (
    `,"stillwatch.ruling":"${verdict}","stillwatch.verdict":"${decision.verdict}"` +
    text(KEY['stillwatch.rule.id'], decision.rule) +
    text(KEY['stillwatch.rule.why'], decision.why) +
    text(KEY['stillwatch.challenge.kind'], decision.challenge?.kind) +
    text(
      KEY['stillwatch.challenge.id'],
      offered?.kind === 'offer' ? offered.offer.name : undefined,
    ) +
    texts(KEY['stillwatch.cleared'], decision.cleared) +
    text(KEY['stillwatch.refused_by'], refused?.refusedBy.limit) +
    number(KEY['stillwatch.retry_after_ms'], refused && Math.round(refused.retryAfterMs)) +
    (shed === undefined ? '' : shedText(shed)) +
    (admission?.degraded === true ? `${KEY['stillwatch.degraded']}true` : '') +
    texts(KEY['stillwatch.tags'], decision.tags) +
    texts(KEY['stillwatch.reshape.rules'], decision.reshapedBy) +
    number(KEY['stillwatch.risk.score'], decision.score) +
    texts(KEY['stillwatch.risk.reasons'], decision.scoreReasons) +
    text(KEY['stillwatch.trust.tier'], decision.tier) +
    number(KEY['stillwatch.trust.factor'], decision.factor) +
    list(KEY['stillwatch.shadow'], decision.shadow, shadowText) +
    reasonsText(decision.reasons) +
    (admission === undefined ? '' : list(KEY['stillwatch.limits'], admission.states, limitText)) +
    text(KEY['stillwatch.policy.revision'], decision.revision)
  )
}

const valueText = (name: string, value: number | boolean | undefined): string =>
  value === undefined
    ? ''
    : `,"${name}":${value === true || value === false ? value : jsonNumber(value)}`

const changeText = ({ field, from, to }: FieldChange): string =>
  `{"field":${jsonText(field)}${valueText('from', from)}${valueText('to', to)}}`

const reshapedText = ({ changed, unsupported }: Reshaped): string =>
  list(KEY['stillwatch.reshaped'], changed, changeText) +
  texts(KEY['stillwatch.unsupported'], unsupported)

const usageText = (usage: Usage): string =>
  number(KEY['gen_ai.usage.input_tokens'], usage.inputTokens) +
  number(KEY['gen_ai.usage.output_tokens'], usage.outputTokens) +
  number(KEY['gen_ai.usage.cache_read.input_tokens'], usage.cachedInputTokens) +
  number(KEY['gen_ai.usage.reasoning.output_tokens'], usage.reasoningTokens)

const settledText = (settled: Cost, from: CallEvent['settledFrom']): string =>
  `,"stillwatch.settled":{"input_tokens":${jsonNumber(settled.inputTokens)},"output_tokens":${jsonNumber(settled.outputTokens)}${from === undefined ? '}' : `,"from":"${from}"}`}`

// Whole microseconds: a long fraction costs more to print than all else of a verb.
const timing = (key: string, ms: number | undefined): string =>
  ms === undefined ? '' : `"${key}":${jsonNumber(Math.round(ms * 1000))},`

const timingsText = ({ verbMs, firstByteMs, totalMs }: CallEvent): string => {
  const { read, enrich, decide, admit, forward } = verbMs
  return `,"stillwatch.timings_us":{${timing('read', read)}${timing('enrich', enrich)}${timing('decide', decide)}${timing('admit', admit)}${timing('forward', forward)}${timing('first_byte', firstByteMs)}"total":${jsonNumber(Math.round(totalMs * 1000))}}`
}

/**
 * The serialiser of decision records; the fields are those of {@link RECORD_FIELDS}. Pure but for the
 * hash. Never written: prompts, secrets, query strings, keys of counters, and addresses in another form
 * than the setting asks for. Every text is capped at 512 characters and every list at 64 items, so a
 * record stays under a few tens of kilobytes whatever the caller sent.
 */
export const createDecisionRecord = (options: {
  readonly addresses: Addresses
  readonly hash: KeyedHash
}): DecisionRecord => {
  const mask = createAddressMask(options)
  return (event) => {
    const { arrival, call, facts, ruling, fault, usage, settled } = event
    let json = `{"v":${RECORD_VERSION},"time":"${rfc3339(arrival.atMs)}","stillwatch.decision.id":${jsonText(arrival.id)},"stillwatch.outcome":"${event.outcome}"`
    if (fault !== undefined) {
      json += `,"error.type":"${fault}","stillwatch.fault.source":"${FAULTS[fault].source}"`
      json += text(KEY['stillwatch.fault.cause'], event.faultCause)
    }
    json += KEY['http.request.method'] + jsonText(arrival.method, MAX_METHOD_CHARS)
    json += text(KEY['url.path'], call === undefined ? rawPath(arrival.path) : call.path)
    if (event.status !== 0) json += number(KEY['http.response.status_code'], event.status)
    json += text(KEY['stillwatch.upstream.id'], event.upstream)
    json += number(KEY['stillwatch.upstream.status_code'], event.upstreamStatus)
    json +=
      call === undefined
        ? text(KEY['network.peer.address'], mask.peer(arrival.peerAddress))
        : callerText(call, facts, mask) + requestText(call)
    if (ruling !== undefined) json += rulingText(ruling)
    if (event.reshaped !== undefined) json += reshapedText(event.reshaped)
    if (facts !== undefined) json += factsText(KEY['stillwatch.facts'], facts, mask)
    if (usage !== undefined) json += usageText(usage)
    if (settled !== undefined) json += settledText(settled, event.settledFrom)
    return `${json}${number(KEY['stillwatch.bytes_out'], event.bytesOut)}${timingsText(event)}}`
  }
}
