/** What a column of the facts table says about one fact. */
type FactRow = {
  readonly type: 'string' | 'number' | 'boolean' | 'list'
  /** The unit of a number, where the name alone does not say it. */
  readonly unit?: string
  /** The closed set of values of a string, where it is closed. */
  readonly values?: readonly string[]
  /** One sentence for the operator. */
  readonly says: string
}

/**
 * Every fact a condition may read. CEL variables, the generated JSON Schema, `explain` and the test
 * builders derive from this one table; nothing else declares a fact.
 */
export const FACTS = {
  'caller.ip': { type: 'string', says: 'canonical address of the caller, after the trusted hops' },
  'caller.network': { type: 'string', says: '/24 of an IPv4 caller, /64 of an IPv6 caller' },
  'caller.credential': { type: 'string', says: 'keyed hash of the credential the call carried' },
  'caller.user_agent': { type: 'string', says: 'user agent header as sent' },
  'caller.client': { type: 'string', says: 'SDK and version, such as openai-js/7.55.0; forgeable' },
  'caller.stack': {
    type: 'string',
    says: 'keyed hash of the client header names with their order and case',
  },
  'caller.ja4': { type: 'string', says: 'TLS fingerprint, only from a trusted edge' },
  'caller.rtt_gap_ms': {
    type: 'number',
    unit: 'ms',
    says: 'TLS minus TCP round trip, only from a trusted edge; large behind a proxy',
  },

  'account.known': { type: 'boolean', says: 'whether an account stands behind the credential' },
  'account.id': { type: 'string', says: 'account of the credential' },
  'account.entity': {
    type: 'string',
    says: 'verified organisation, or the end user of a reseller, or the account itself',
  },
  'account.age_days': { type: 'number', unit: 'days', says: 'days since the account was created' },
  'account.active_days': { type: 'number', unit: 'days', says: 'days on which it made a call' },
  'account.status': {
    type: 'string',
    values: ['active', 'trial', 'suspended', 'closed'],
    says: 'standing of the account',
  },
  'account.plan': { type: 'string', says: 'plan the account is on, in the words of the operator' },
  'account.country': { type: 'string', says: 'country of the account, ISO 3166-1 alpha-2' },
  'account.verified': {
    type: 'string',
    values: ['none', 'email', 'phone', 'business', 'identity'],
    says: 'strongest verification the account passed',
  },
  'account.email_domain': { type: 'string', says: 'domain of the e-mail address' },
  'account.email_disposable': {
    type: 'boolean',
    says: 'whether that domain is one for throw-away addresses',
  },
  'account.email_pattern': {
    type: 'string',
    says: 'shape of the e-mail address at sign-up, in the words of the account source',
  },

  'payment.status': {
    type: 'string',
    values: ['none', 'trial', 'prepaid', 'card', 'invoice'],
    says: 'how the account pays',
  },
  'payment.verified': { type: 'boolean', says: 'whether a payment has been verified' },
  'payment.funding': { type: 'string', says: 'funding of the card: credit, debit, prepaid' },
  'payment.issuer': {
    type: 'string',
    says: 'issuer identification number of the card: its first 6 to 8 digits, as text',
  },
  'payment.country': { type: 'string', says: 'country of the instrument, ISO 3166-1 alpha-2' },
  'payment.instrument': { type: 'string', says: 'keyed hash of the payment instrument' },
  'payment.instrument_entities': {
    type: 'number',
    unit: 'entities',
    says: 'how many entities share the payment instrument',
  },
  'payment.settled_count': { type: 'number', unit: 'payments', says: 'payments settled so far' },
  'payment.settled_usd': { type: 'number', unit: 'US dollars', says: 'sum of settled payments' },
  'payment.disputes': { type: 'number', unit: 'disputes', says: 'payments that were disputed' },

  'ip.country': { type: 'string', says: 'country of the address, ISO 3166-1 alpha-2' },
  'ip.asn': { type: 'number', says: 'autonomous system number that announces the address' },
  'ip.as_name': { type: 'string', says: 'name of that autonomous system' },
  'ip.kind': {
    type: 'string',
    values: [
      'residential',
      'mobile',
      'hosting',
      'vpn',
      'proxy',
      'residential_proxy',
      'relay',
      'tor',
      'unknown',
    ],
    says: 'what kind of network the address belongs to',
  },
  'ip.provider': { type: 'string', says: 'name of the anonymity or hosting provider' },
  'ip.anonymous': {
    type: 'boolean',
    says: 'whether the address hides its user (vpn, proxy, residential_proxy, tor)',
  },

  'request.dialect': {
    type: 'string',
    values: ['openai', 'anthropic', 'gemini'],
    says: 'wire form of the call',
  },
  'request.path': { type: 'string', says: 'canonical path without the query' },
  'request.kind': {
    type: 'string',
    values: ['generate', 'embed', 'list', 'batch', 'file', 'other'],
    says: 'what the route does',
  },
  'request.model': { type: 'string', says: 'model asked for' },
  'request.stream': { type: 'boolean', says: 'whether the answer is to be streamed' },
  'request.max_tokens': { type: 'number', unit: 'tokens', says: "the caller's own output cap" },
  'request.candidates': { type: 'number', says: 'answers asked for in one call' },
  'request.tools': { type: 'number', says: 'tools declared in the call' },
  'request.reasoning': { type: 'boolean', says: 'whether reasoning is asked for in the open' },
  'request.input_tokens_estimate': {
    type: 'number',
    unit: 'tokens',
    says: 'input estimated from the bytes of the body',
  },

  'velocity.requests_1m': { type: 'number', unit: 'calls', says: 'calls of the account, 1 minute' },
  'velocity.requests_1h': { type: 'number', unit: 'calls', says: 'calls of the account, 1 hour' },
  'velocity.requests_1d': { type: 'number', unit: 'calls', says: 'calls of the account, 1 day' },
  'velocity.tokens_1m': { type: 'number', unit: 'tokens', says: 'settled tokens, 1 minute' },
  'velocity.tokens_1h': { type: 'number', unit: 'tokens', says: 'settled tokens, 1 hour' },
  'velocity.tokens_1d': { type: 'number', unit: 'tokens', says: 'settled tokens, 1 day' },
  'velocity.networks_1h': { type: 'number', says: 'networks the account called from, 1 hour' },
  'velocity.networks_1d': { type: 'number', says: 'networks the account called from, 1 day' },
  'velocity.asns_1h': { type: 'number', says: 'ASNs the account called from, 1 hour' },
  'velocity.asns_1d': { type: 'number', says: 'ASNs the account called from, 1 day' },
  'velocity.countries_1h': { type: 'number', says: 'countries the account called from, 1 hour' },
  'velocity.countries_1d': { type: 'number', says: 'countries the account called from, 1 day' },
  'velocity.network_entities_1d': {
    type: 'number',
    unit: 'entities',
    says: "entities seen on the caller's network, 1 day",
  },

  'trust.tier': { type: 'string', says: 'first tier of the policy that matched' },
  'trust.factor': { type: 'number', says: 'factor of that tier' },
  'risk.score': { type: 'number', says: 'sum of the weights that matched' },
  'risk.reasons': { type: 'list', says: 'ids of the weights that matched' },

  'campaign.id': { type: 'string', says: 'campaign the entity was linked to' },
  'campaign.level': { type: 'number', says: 'level of that campaign, 0 to 4' },
  'campaign.score': { type: 'number', says: 'score of that campaign' },
  'campaign.axes': { type: 'list', says: 'axes on which that campaign stands out' },

  'clearance.kind': {
    type: 'string',
    values: ['none', 'proof_of_work', 'human', 'step_up'],
    says: 'strongest challenge passed and still valid',
  },
  'clearance.age_s': { type: 'number', unit: 's', says: 'seconds since it was passed' },
  'clearance.bound': { type: 'list', says: 'what it is bound to: network, asn, credential' },
  'clearance.held': { type: 'list', says: 'all that hold here: kind, seconds since, bindings' },
  'clearance.refused': { type: 'boolean', says: 'whether the last step-up of the account failed' },
  'clearance.issued_1h': { type: 'number', says: 'challenges issued to the account in an hour' },
  'clearance.issued_1d': { type: 'number', says: 'challenges issued to the account in a day' },
  'clearance.solved_1d': { type: 'number', says: 'challenges the account passed in a day' },
  'clearance.network_issued_1d': { type: 'number', says: 'challenges of this network, 1 day' },
  'clearance.network_solved_1d': { type: 'number', says: 'of those issued there, passed, 1 day' },
  'clearance.stack_issued_1d': { type: 'number', says: 'challenges issued to this stack, 1 day' },
  'clearance.stack_solved_1d': { type: 'number', says: 'of those issued to it, passed, 1 day' },

  'override.verdict': {
    type: 'string',
    values: ['none', 'allow', 'deny'],
    says: 'what an operator has said of this caller; decided before all rules',
  },
  'override.id': { type: 'string', says: 'id of that override' },

  'upstream.pressure': { type: 'number', says: 'how loaded the upstream is, 0 to 1' },
} as const satisfies Record<string, FactRow>

/** Name of a fact, `group.name`. */
export type FactName = keyof typeof FACTS

type TypeOfRow<R extends FactRow> = R['type'] extends 'string'
  ? R extends { readonly values: readonly (infer V)[] }
    ? V
    : string
  : R['type'] extends 'number'
    ? number
    : R['type'] extends 'boolean'
      ? boolean
      : readonly string[]

/** The TypeScript type of a known fact. */
export type FactOf<N extends FactName> = TypeOfRow<(typeof FACTS)[N]>

/** Any known value. */
export type FactValue = string | number | boolean | readonly string[]

/**
 * Why a fact is unknown: nothing configured provides it, its source has no value for this call, its
 * source did not answer within its budget, or its source failed.
 */
export type UnknownWhy = 'no_source' | 'absent' | 'late' | 'failed'

/** A fact that is not known. Never a zero, never an empty string. */
export class Unknown {
  readonly why: UnknownWhy
  constructor(why: UnknownWhy) {
    this.why = why
  }
}

/** The only instances of {@link Unknown}, one a reason. */
export const UNKNOWN: { readonly [W in UnknownWhy]: Unknown } = Object.freeze({
  no_source: new Unknown('no_source'),
  absent: new Unknown('absent'),
  late: new Unknown('late'),
  failed: new Unknown('failed'),
})

/** All names in the order of the table: the position is the slot of the fact in {@link Facts}. */
// Object.keys of a const table: the cast names what the table's own type already guarantees.
export const FACT_NAMES: readonly FactName[] = Object.keys(FACTS) as FactName[]

/** Slot of each fact in {@link Facts.values}. */
export const FACT_SLOT: { readonly [N in FactName]: number } = Object.freeze(
  // The entries are exactly the names of the table.
  Object.fromEntries(FACT_NAMES.map((name, slot) => [name, slot])) as Record<FactName, number>,
)

const NOTHING: readonly Unknown[] = FACT_NAMES.map(() => UNKNOWN.no_source)

/** What a signal source found: known values, or `Unknown` with its reason. */
export type Findings = { readonly [N in FactName]?: FactOf<N> | Unknown }

/**
 * The facts of one call, one slot a fact. A slot that nobody filled is unknown (`no_source`).
 * Compiled conditions read `values` by slot; everyone else uses {@link get}.
 */
export class Facts {
  readonly values: (FactValue | Unknown)[]

  constructor(values: readonly (FactValue | Unknown)[] = NOTHING) {
    this.values = values.slice()
  }

  /** The value of a fact, or why it is unknown. */
  get<N extends FactName>(name: N): FactOf<N> | Unknown {
    // A slot only ever receives values through the typed setters below.
    return this.values[FACT_SLOT[name]] as FactOf<N> | Unknown
  }

  /** The value of a fact, or `undefined` where it is unknown. */
  known<N extends FactName>(name: N): FactOf<N> | undefined {
    const value = this.get(name)
    return value instanceof Unknown ? undefined : value
  }

  set<N extends FactName>(name: N, value: FactOf<N> | Unknown): void {
    this.values[FACT_SLOT[name]] = value
  }

  /** Takes over everything a source found; a finding of `undefined` leaves the slot as it is. */
  add(findings: Findings): void {
    for (const name in findings) {
      // `for in` over a Findings object yields its own names only.
      const value = findings[name as FactName]
      if (value !== undefined) this.values[FACT_SLOT[name as FactName]] = value
    }
  }

  /** Marks facts as unknown for one reason, keeping what is already known. */
  lack(names: readonly FactName[], why: UnknownWhy): void {
    for (const name of names) {
      const slot = FACT_SLOT[name]
      if (this.values[slot] instanceof Unknown) this.values[slot] = UNKNOWN[why]
    }
  }

  /** The known facts as a plain object, for records and explanations. */
  toJSON(): { [name: string]: FactValue } {
    const known: { [name: string]: FactValue } = {}
    for (let slot = 0; slot < FACT_NAMES.length; slot++) {
      const value = this.values[slot]
      const name = FACT_NAMES[slot]
      if (value !== undefined && name !== undefined && !(value instanceof Unknown)) {
        known[name] = value
      }
    }
    return known
  }
}
