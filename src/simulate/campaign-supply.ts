import type { Funding } from './cards.ts'
import type { HeaderStack, Machine } from './header-stacks.ts'
import type { Installation } from './installations.ts'
import { gatewayOf, relayStack } from './gateways.ts'
import { personPattern } from './mail.ts'
import { anyAddress, anySixNetwork, sharedAddress, sixAddress } from './networks.ts'
import type { Places } from './places.ts'
import { createRandom, hash32, type Random } from './random.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import { zoneOf } from './zones.ts'
import { stackNamed, streamOf, type World } from './world.ts'

/** What a campaign buys for its accounts. */
export type Supply = {
  readonly installation: (nth: number) => Installation
  readonly machine: (nth: number) => Machine
  readonly places: (random: Random) => Places
  readonly funding: (nth: number) => Funding
  readonly email: (random: Random) => { readonly pattern: string; readonly domain: string }
  readonly zoneHours: (country: string | undefined) => number
}

/** Header sets of relay software that anybody can have. A guess. */
const PUBLISHED = 0.33
/** Exits of rotating pools over IPv6; addresses sold one by one are of version 4. A guess. */
const SIX_EXITS = 0.1

const stackOf = (world: World, spec: CampaignSpec, nth: number): HeaderStack => {
  if (spec.stacks.popular) {
    const agent = world.texts.agents[nth % world.texts.agents.length]
    return stackNamed(world, agent?.stack ?? 'openai-js')
  }
  const random = createRandom(world.seed, `${spec.name} stack ${nth}`)
  // Relay software is published too, so that honest people run the same.
  return random.chance(PUBLISHED)
    ? gatewayOf(world, random)
    : relayStack(random.pick(world.stacks), random)
}

/** Addresses of a proxy pool: prefix `n` of it is always the same one. */
const poolAddress = (world: World, spec: CampaignSpec, prefix: number, host: Random): string => {
  const random = createRandom(world.seed ^ hash32(spec.name, 7), `prefix ${prefix}`)
  const range = world.networks.draw(spec.addresses.kind, random, spec.addresses.asns)
  if (spec.addresses.kind === 'mobile' || spec.addresses.kind === 'vpn')
    return sharedAddress(range, random, 200)
  const six = random.chance(SIX_EXITS) ? anySixNetwork(range, random) : undefined
  if (six !== undefined) return sixAddress(six, host)
  const address = anyAddress(range, random)
  return `${address.slice(0, address.lastIndexOf('.'))}.${1 + host.below(254)}`
}

/** See {@link Supply}. */
export const createSupply = (world: World, spec: CampaignSpec): Supply => {
  const cards = new Map<number, Funding>()
  const random = streamOf(world, `${spec.name} supply`)
  const domain = `${random.below(2 ** 31).toString(36)}.com`
  const stacks = new Map<number, HeaderStack>()
  const machines: Machine[] = [
    { os: 'Linux', arch: 'x64' },
    { os: 'MacOS', arch: 'arm64' },
    { os: 'Windows', arch: 'x64' },
  ]
  const machine = (nth: number): Machine =>
    machines[spec.stacks.popular ? nth % machines.length : 0] ?? { os: 'Linux', arch: 'x64' }
  return {
    machine,
    installation: (nth) => {
      const which = nth % spec.stacks.count
      const stack = stacks.get(which) ?? stackOf(world, spec, which)
      stacks.set(which, stack)
      return world.install(stack, machine(nth), which)
    },
    places: (own) => {
      const { mode, pool, asns, kind } = spec.addresses
      if (mode === 'sticky') {
        const range = world.networks.draw(kind, own, asns)
        const address = anyAddress(range, own)
        return { country: range.country, addressOf: () => address }
      }
      return {
        country: undefined,
        perCall: mode === 'call',
        addressOf: () => poolAddress(world, spec, own.below(pool), own),
      }
    },
    funding: (nth) => {
      const { kind, accounts_per_card: perCard, issuers } = spec.funding
      if (kind === 'none') return { status: 'trial' }
      const which = Math.floor(nth / perCard)
      const known = cards.get(which)
      if (known !== undefined) return known
      const draws = createRandom(world.seed, `${spec.name} card ${which}`)
      const country = draws.chance(0.8) ? 'US' : 'GB'
      const made =
        issuers === undefined
          ? world.cards.ordinary(draws, country, kind)
          : world.cards.bought(draws, issuers, country, kind)
      cards.set(which, made)
      return made
    },
    email: (own) => {
      if (spec.email === 'ordinary') {
        return { pattern: personPattern(own), domain: own.pick(['gmail.com', 'outlook.com']) }
      }
      return { pattern: 'xxxxxx9999', domain: spec.email === 'domain' ? domain : 'outlook.com' }
    },
    zoneHours: (country) =>
      spec.diurnal === 'per_account'
        ? zoneOf(country ?? 'US')
        : spec.diurnal === 'one_zone'
          ? 8
          : 0,
  }
}
