import { cardOf, personPattern, type Funding } from './account-lines.ts'
import {
  HEADER_STACKS,
  type HeaderStack,
  type Installation,
  type Machine,
} from './header-stacks.ts'
import { stackNamed } from './honest.ts'
import { anyAddress, sharedAddress } from './networks.ts'
import type { Places } from './places.ts'
import { createRandom, hash32, type Random } from './random.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import { zoneOf } from './zones.ts'
import { streamOf, type World } from './world.ts'

/** What a campaign buys for its accounts. */
export type Supply = {
  readonly installation: (nth: number) => Installation
  readonly machine: (nth: number) => Machine
  readonly places: (random: Random) => Places
  readonly funding: (nth: number) => Funding
  readonly email: (random: Random) => { readonly pattern: string; readonly domain: string }
  readonly zoneHours: (country: string | undefined) => number
}

// Ranks behind the ordinary banks: issuers of prepaid cards sold online.
const RARE_ISSUERS = 1_800

const asGoWrites = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())

/**
 * Header sets of relay software: those of a genuine client, but written anew by another HTTP library: in
 * another case, sorted, some left out, so that the same rare tuple stands in front of many accounts.
 */
const relayStack = (base: HeaderStack, random: Random): HeaderStack => {
  const pairs = base.headers.flatMap((name, at) =>
    at % 2 === 0 ? [[name, base.headers[at + 1] ?? ''] as const] : [],
  )
  const style = random.below(3)
  const kept = pairs.filter(
    ([name]) => !/^(sec-fetch-mode|accept-language|connection)$/i.test(name) || random.chance(0.3),
  )
  const written = kept.map(([name, value]): readonly [string, string] => [
    style === 0 ? asGoWrites(name.toLowerCase()) : style === 1 ? name.toLowerCase() : name,
    value,
  ])
  const ordered =
    style === 0
      ? written.toSorted(([one], [other]) => (one < other ? -1 : 1))
      : random.chance(0.5)
        ? [...written.slice(2), ...written.slice(0, 2)]
        : written
  return {
    ...base,
    name: `${base.name} ${random.below(2 ** 31).toString(36)}`,
    headers: [...ordered.flat(), ...(random.chance(0.3) ? ['Via', '1.1 gateway'] : [])],
  }
}

const stackOf = (world: World, spec: CampaignSpec, nth: number): HeaderStack => {
  if (spec.stacks.popular) {
    const agent = world.texts.agents[nth % world.texts.agents.length]
    return stackNamed(agent?.stack ?? 'openai-js')
  }
  const random = createRandom(world.seed, `${spec.name} stack ${nth}`)
  return relayStack(random.pick(HEADER_STACKS), random)
}

/** Addresses of a proxy pool: prefix `n` of it is always the same one. */
const poolAddress = (world: World, spec: CampaignSpec, prefix: number, host: Random): string => {
  const random = createRandom(world.seed ^ hash32(spec.name, 7), `prefix ${prefix}`)
  const range = world.networks.draw(spec.addresses.kind, random, spec.addresses.asns)
  if (spec.addresses.kind === 'mobile' || spec.addresses.kind === 'vpn')
    return sharedAddress(range, random, 200)
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
      const rank =
        issuers === undefined ? world.issuerRank(draws) : RARE_ISSUERS + draws.below(issuers)
      const made = cardOf(draws, rank, draws.chance(0.8) ? 'US' : 'GB', kind)
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
