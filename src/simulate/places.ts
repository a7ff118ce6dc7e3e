import {
  anyAddress,
  anySixNetwork,
  sharedAddress,
  sixAddress,
  type NetworkKind,
  type Networks,
} from './networks.ts'
import { weighted, type Random } from './random.ts'

/** Where somebody calls from: the address of a session on a day. */
export type Places = {
  /** Country of the first place, where it is known. */
  readonly country: string | undefined
  readonly addressOf: (session: number) => string
  /** Whether every call leaves by an address of its own instead of every session. */
  readonly perCall?: boolean
}

/** Customers behind one address of a carrier's translation, and exits of a VPN (measured in hundreds). */
const CARRIER_ADDRESSES = 48
const VPN_EXITS = 24

/**
 * Share of homes and phones that call over IPv6 where their operator has it. About 45 % of all users do in
 * 2026 by what large sites publish, fewer developers; from memory, so a guess.
 */
const SIX_SHARE = 0.4

/**
 * People whose calls leave by other addresses all the time (relays of a browser or a system, pools of a
 * company's security service), and programs that do (functions, pools of address translation). Guesses.
 */
const PERSON_PER_CALL = 0.04
const SERVER_PER_CALL = 0.3
const WHOLE_RANGE = 0.05

/** Where people sit: fixed lines first, then carriers, their own servers, offices, VPNs. */
export const PEOPLE: { readonly [kind in NetworkKind]: number } = {
  residential: 0.52,
  mobile: 0.2,
  hosting: 0.13,
  corporate: 0.08,
  vpn: 0.06,
  campus: 0.01,
}

/** Where programs run. */
export const SERVERS: { readonly [kind in NetworkKind]: number } = {
  residential: 0.04,
  mobile: 0.01,
  hosting: 0.85,
  corporate: 0.09,
  vpn: 0,
  campus: 0.01,
}

type Place = { readonly country: string | undefined; readonly address: () => string }

const placeOf = (networks: Networks, random: Random, kind: NetworkKind): Place => {
  const range = networks.draw(kind, random)
  const { country } = range
  const isLine = kind === 'residential' || kind === 'mobile'
  const six = isLine && random.chance(SIX_SHARE) ? anySixNetwork(range, random) : undefined
  if (six !== undefined) {
    // A home keeps its network; a phone gets another with each attachment.
    const network = (): string => (kind === 'mobile' ? (anySixNetwork(range, random) ?? six) : six)
    return { country, address: () => sixAddress(network(), random) }
  }
  if (kind === 'mobile') {
    return { country, address: () => sharedAddress(range, random, CARRIER_ADDRESSES) }
  }
  if (kind === 'vpn') return { country, address: () => sharedAddress(range, random, VPN_EXITS) }
  const home = anyAddress(range, random)
  return { country, address: () => home }
}

/**
 * A person's places: one to three prefixes, most sessions from the first; 70 % stay within one operator,
 * 25 % use two or three, the rest more. Carriers and VPNs hand out another of few shared addresses each
 * session. `shared` comes first where there is one: a home or an office with others in it.
 */
export const createPeoplePlaces = (
  networks: Networks,
  random: Random,
  mix: { readonly [kind in NetworkKind]: number } = PEOPLE,
  shared?: Places,
): Places => {
  const draw = random.unit()
  const count = draw < 0.7 ? 1 : draw < 0.85 ? 2 : draw < 0.95 ? 3 : 5
  const places = Array.from({ length: count }, (_, at): Place =>
    at === 0 && shared !== undefined
      ? { country: shared.country, address: () => shared.addressOf(0) }
      : placeOf(networks, random, weighted(random, mix)),
  )
  return {
    country: places[0]?.country,
    perCall: random.chance(PERSON_PER_CALL),
    addressOf: () =>
      (random.chance(0.75) ? (places[0] ?? random.pick(places)) : random.pick(places)).address(),
  }
}

/** A home or an office that several accounts call from: one address, or one network of 64 bits. */
export const createSharedPlace = (
  networks: Networks,
  random: Random,
  kind: 'residential' | 'corporate',
): Places => {
  const { country, address } = placeOf(networks, random, kind)
  return { country, addressOf: address }
}

/**
 * A program's places: `addresses` of one operator, two in one case out of four; any of them each time. Some
 * run as functions and leave by any address of their cloud.
 */
export const createServerPlaces = (
  networks: Networks,
  random: Random,
  addresses: number,
): Places => {
  const kind = weighted(random, SERVERS)
  const ranges = [networks.draw(kind, random)]
  if (random.chance(0.25)) ranges.push(networks.draw(kind, random))
  const country = ranges[0]?.country
  if (random.chance(WHOLE_RANGE)) {
    return { country, perCall: true, addressOf: () => anyAddress(random.pick(ranges), random) }
  }
  const all = Array.from({ length: addresses }, () => anyAddress(random.pick(ranges), random))
  return {
    country,
    perCall: random.chance(SERVER_PER_CALL),
    addressOf: () => random.pick(all),
  }
}
