/**
 * Kinds of networks an operator's list or a database can name, in order of precedence: an address that
 * several of them name is of the first kind. The most specific danger comes first. A relay (a service that
 * hides the address of ordinary people from web sites, such as iCloud Private Relay) comes before vpn,
 * because only its operator can send from its published ranges, while lists of VPN ranges commonly
 * contain them too: taken the other way round, every user of the relay would count as anonymous.
 */
const IP_KINDS = [
  'tor',
  'residential_proxy',
  'proxy',
  'relay',
  'vpn',
  'hosting',
  'mobile',
  'residential',
] as const

/** A kind of network that somebody named; `unknown` is what nobody named. */
export type IpKind = (typeof IP_KINDS)[number]

/** Position in the order of precedence; smaller goes first, `unknown` last. */
export const rankOfKind = (kind: IpKind | 'unknown'): number =>
  kind === 'unknown' ? IP_KINDS.length : IP_KINDS.indexOf(kind)

/** Whether a kind hides its user. Hosting does not: programs of ordinary customers run there. */
export const hidesUser = (kind: IpKind | 'unknown'): boolean =>
  kind === 'tor' || kind === 'residential_proxy' || kind === 'proxy' || kind === 'vpn'
