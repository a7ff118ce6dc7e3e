import { anyAddress, sharedAddress, type NetworkKind, type Networks } from './networks.ts'
import { weighted, type Random } from './random.ts'

/** Where somebody calls from: the address of a session on a day. */
export type Places = {
  /** Country of the first place, where it is known. */
  readonly country: string | undefined
  readonly addressOf: (session: number) => string
}

/** Customers behind one address of a carrier's translation, and exits of a VPN (measured in hundreds). */
const CARRIER_ADDRESSES = 48
const VPN_EXITS = 24

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

/**
 * A person's places: one to three prefixes, most sessions from the first; 70 % stay within one operator,
 * 25 % use two or three, the rest more. Carriers and VPNs hand out another of few shared addresses each
 * session.
 */
export const createPeoplePlaces = (
  networks: Networks,
  random: Random,
  mix: { readonly [kind in NetworkKind]: number } = PEOPLE,
): Places => {
  const draw = random.unit()
  const count = draw < 0.7 ? 1 : draw < 0.85 ? 2 : draw < 0.95 ? 3 : 5
  const places = Array.from({ length: count }, () => {
    const kind = weighted(random, mix)
    const range = networks.draw(kind, random)
    const home = anyAddress(range, random)
    return {
      range,
      address: (): string =>
        kind === 'mobile'
          ? sharedAddress(range, random, CARRIER_ADDRESSES)
          : kind === 'vpn'
            ? sharedAddress(range, random, VPN_EXITS)
            : home,
    }
  })
  return {
    country: places[0]?.range.country,
    addressOf: () =>
      (random.chance(0.75) ? (places[0] ?? random.pick(places)) : random.pick(places)).address(),
  }
}

/** A program's places: `addresses` of one operator, two in one case out of four; any of them each time. */
export const createServerPlaces = (
  networks: Networks,
  random: Random,
  addresses: number,
): Places => {
  const kind = weighted(random, SERVERS)
  const ranges = [networks.draw(kind, random)]
  if (random.chance(0.25)) ranges.push(networks.draw(kind, random))
  const all = Array.from({ length: addresses }, () => anyAddress(random.pick(ranges), random))
  return { country: ranges[0]?.country, addressOf: () => random.pick(all) }
}
