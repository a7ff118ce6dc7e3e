import type { CallEvent } from '../core/event.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'

/**
 * What a call teaches about its account, and nothing else: no address, no credential, no word of what was
 * asked. Networks, instruments and credentials are keyed hashes.
 */
export type Sighting = {
  /** Milliseconds of the arrival. */
  readonly atMs: number
  /** Milliseconds of the end, not before `atMs`. */
  readonly endMs: number
  /** `undefined` where the credential is not that of a known account. */
  readonly account: string | undefined
  /** Whom the call belongs to; the account itself where nobody else is named. */
  readonly entity: string | undefined
  readonly network: string | undefined
  readonly asn: number | undefined
  /** Two capital letters. */
  readonly country: string | undefined
  readonly instrument: string | undefined
  /** Settled input and output. */
  readonly tokens: number
  /** Whether the call was answered to its end. */
  readonly served: boolean
  /** Credential that an upstream has accepted; `undefined` where nothing vouches for it. */
  readonly credential: string | undefined
}

/** Takes sightings, its own process's and others', in about the order of their calls. Never throws. */
export interface Learner {
  readonly name: string
  learn(sighting: Sighting): void
  /** Resolves once everything learned is where it belongs. */
  close(): Promise<void>
}

/** What turning an event into a sighting needs. */
export type SightingOptions = {
  /** The same for everyone who learns or reads of networks. */
  readonly hashNetwork: KeyedHash
  /**
   * Whether the upstream's answer says anything about the caller's credential. It does not where the
   * guard puts its own in place of the caller's. Absent where no account comes of a credential.
   */
  readonly vouches?: ((event: CallEvent) => boolean) | undefined
}

/** Some APIs list their models to anybody, so only an answer that costs something vouches for a credential. */
const acceptedCredential = (
  event: CallEvent,
  vouches: SightingOptions['vouches'],
): string | undefined => {
  const { call, outcome, upstreamStatus = 0 } = event
  if (vouches === undefined || call?.credential === undefined || outcome !== 'served') return
  if (upstreamStatus < 200 || upstreamStatus > 299 || call.route.metering === 'request') return
  return vouches(event) ? call.credential.id : undefined
}

/**
 * The sighting of a call; `undefined` where it teaches nothing, so that unknown credentials, however
 * many, leave no trace anywhere.
 */
export const sightingOf = (event: CallEvent, options: SightingOptions): Sighting | undefined => {
  const { arrival, facts, settled, totalMs, outcome } = event
  const credential = acceptedCredential(event, options.vouches)
  const account =
    facts === undefined || facts.known('account.known') === false
      ? undefined
      : facts.known('account.id')
  if (account === undefined && credential === undefined) return undefined
  const network = facts?.known('caller.network')
  return {
    atMs: arrival.atMs,
    endMs: arrival.atMs + Math.max(0, Math.round(totalMs)),
    account,
    entity: account === undefined ? undefined : (facts?.known('account.entity') ?? account),
    network: network === undefined ? undefined : options.hashNetwork(network),
    asn: facts?.known('ip.asn'),
    country: facts?.known('ip.country'),
    instrument: facts?.known('payment.instrument'),
    tokens: settled === undefined ? 0 : settled.inputTokens + settled.outputTokens,
    served: outcome === 'served',
    credential,
  }
}
