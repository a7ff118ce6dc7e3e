import type { FactName } from '../core/facts.ts'

/** What the table says about one field of a decision record. */
export type RecordField = {
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'object'
  readonly unit?: string
  /** The fact that stands in this field and therefore not among `stillwatch.facts`. */
  readonly fact?: FactName
  /** One sentence for whoever reads records. */
  readonly says: string
}

/**
 * Every field a decision record can have, in the order in which it is written. A field that does not
 * apply to a call is left out, never null. Names without the `stillwatch.` prefix are OpenTelemetry's
 * (semantic conventions 1.45; `gen_ai.*` is still in development there). A field that is renamed, or
 * changes its meaning, raises `v`; new fields do not.
 */
export const RECORD_FIELDS = {
  v: { type: 'number', says: 'version of this table' },
  time: { type: 'string', says: 'arrival of the call, RFC 3339 in UTC with milliseconds' },
  'stillwatch.decision.id': { type: 'string', says: 'decision id, as the caller was given it' },
  'stillwatch.outcome': {
    type: 'string',
    says: 'how the call ended: served, refused, client_gone or faulted',
  },
  'error.type': { type: 'string', says: 'code of the fault' },
  'stillwatch.fault.source': { type: 'string', says: 'who broke it: client, guard or upstream' },
  'stillwatch.fault.cause': {
    type: 'string',
    says: 'machine word for why the guard or an upstream failed, such as ECONNREFUSED, where there is one',
  },
  'http.request.method': { type: 'string', says: 'method of the request' },
  'url.path': { type: 'string', fact: 'request.path', says: 'path without the query' },
  'http.response.status_code': {
    type: 'number',
    says: 'status the caller was given; absent where it left before one was sent',
  },
  'stillwatch.upstream.id': { type: 'string', says: 'upstream that was chosen' },
  'stillwatch.upstream.status_code': { type: 'number', says: 'status the upstream gave' },
  'network.peer.address': {
    type: 'string',
    says: 'peer of the connection, where no call was read; as decisions.addresses says',
  },
  'client.address': {
    type: 'string',
    fact: 'caller.ip',
    says: 'caller after the trusted hops: address, network or keyed hash, as decisions.addresses says',
  },
  'client.as.number': { type: 'number', fact: 'ip.asn', says: 'autonomous system of the address' },
  'client.as.organization': { type: 'string', fact: 'ip.as_name', says: 'name of that system' },
  'user_agent.original': { type: 'string', fact: 'caller.user_agent', says: 'user agent as sent' },
  'stillwatch.dialect': { type: 'string', fact: 'request.dialect', says: 'wire form of the call' },
  'stillwatch.operation': { type: 'string', says: 'route of the dialect, such as models.list' },
  'gen_ai.request.model': { type: 'string', fact: 'request.model', says: 'model asked for' },
  'gen_ai.request.max_tokens': {
    type: 'number',
    unit: 'tokens',
    fact: 'request.max_tokens',
    says: "the caller's own output cap",
  },
  'gen_ai.request.stream': {
    type: 'boolean',
    fact: 'request.stream',
    says: 'whether the answer was to be streamed',
  },
  'stillwatch.ruling': {
    type: 'string',
    says: 'what the caller met, after the counters: allow, challenge, throttle or deny',
  },
  'stillwatch.verdict': { type: 'string', says: 'verdict of the policy alone, in the same words' },
  'stillwatch.rule.id': { type: 'string', says: 'rule that decided' },
  'stillwatch.rule.why': { type: 'string', says: 'its why' },
  'stillwatch.challenge.kind': {
    type: 'string',
    says: 'challenge that was asked for: proof_of_work, human or step_up',
  },
  'stillwatch.challenge.id': {
    type: 'string',
    says: 'name of the challenge that was issued, and of the clearance it can yield; absent where the caller had asked for too many',
  },
  'stillwatch.cleared': {
    type: 'list',
    says: 'challenge rules that matched and let the call go on, since the caller had passed what they ask for',
  },
  'stillwatch.refused_by': { type: 'string', says: 'limit that refused with the longest wait' },
  'stillwatch.retry_after_ms': {
    type: 'number',
    unit: 'ms',
    says: 'wait until room by that limit',
  },
  'stillwatch.shed': {
    type: 'object',
    says: 'turned away because its upstream was overloaded: {upstream, pressure: 0 to 1, retry_after_ms}',
  },
  'stillwatch.degraded': {
    type: 'boolean',
    says: 'true where the shared counters could not be asked, so that this process judged alone',
  },
  'stillwatch.tags': { type: 'list', says: 'tags that rules set' },
  'stillwatch.reshape.rules': {
    type: 'list',
    says: 'rules that took something away from the request, or would have, had it been forwarded',
  },
  'stillwatch.risk.score': { type: 'number', fact: 'risk.score', says: 'sum of the weights' },
  'stillwatch.risk.reasons': { type: 'list', fact: 'risk.reasons', says: 'weights that matched' },
  'stillwatch.trust.tier': { type: 'string', fact: 'trust.tier', says: 'tier of the caller' },
  'stillwatch.trust.factor': { type: 'number', fact: 'trust.factor', says: 'factor of that tier' },
  'stillwatch.shadow': {
    type: 'list',
    says: 'rules that matched and did not act: {rule, verdict, because: shadow or rollout}',
  },
  'stillwatch.reasons': {
    type: 'list',
    says: 'what rules and limits could not see: {in, fact, why} for an unknown fact, and what broke anywhere: {in, error}; weights and tiers pass over an unknown fact',
  },
  'stillwatch.limits': {
    type: 'list',
    says: 'limits met: {limit, enforced: false where it only watches, quota, cost, remaining, reset_ms, exceeded where it had no room}',
  },
  'stillwatch.policy.revision': { type: 'string', says: 'hash of the policy it was decided with' },
  'stillwatch.reshaped': {
    type: 'list',
    says: 'fields of the request that were changed before it was forwarded: {field, from, to}, values only where they are numbers or flags; of a batch the first change of each',
  },
  'stillwatch.unsupported': {
    type: 'list',
    says: 'what was to be taken away and has no documented field on this route or model',
  },
  'stillwatch.facts': {
    type: 'object',
    says: 'known facts that have no field of their own; those of clearance and override that are 0, false, none or empty are left out',
  },
  'gen_ai.usage.input_tokens': {
    type: 'number',
    unit: 'tokens',
    says: 'input the upstream reported',
  },
  'gen_ai.usage.output_tokens': {
    type: 'number',
    unit: 'tokens',
    says: 'output the upstream reported',
  },
  'gen_ai.usage.cache_read.input_tokens': {
    type: 'number',
    unit: 'tokens',
    says: 'part of the input that came from a prompt cache',
  },
  'gen_ai.usage.reasoning.output_tokens': {
    type: 'number',
    unit: 'tokens',
    says: 'part of the output spent on reasoning',
  },
  'stillwatch.settled': {
    type: 'object',
    says: 'what the limits were settled with: {input_tokens, output_tokens, from: reported or estimated}',
  },
  'stillwatch.bytes_out': { type: 'number', unit: 'By', says: 'body bytes sent to the caller' },
  'stillwatch.timings_us': {
    type: 'object',
    unit: 'us',
    says: 'duration of each verb that ran (read, enrich, decide, admit, forward), first_byte and total from arrival',
  },
} as const satisfies Record<string, RecordField>

/** Name of a field of a decision record. */
export type RecordFieldName = keyof typeof RECORD_FIELDS

/** The version written as `v`. */
export const RECORD_VERSION = 1
