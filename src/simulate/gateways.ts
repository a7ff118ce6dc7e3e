import type { HeaderStack } from './header-stacks.ts'
import { createRandom, createZipf, type Random } from './random.ts'
import type { World } from './world.ts'

const asGoWrites = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())

/**
 * Header sets of relay software: those of a genuine client, but written anew by another HTTP library: in
 * another case, sorted, some left out, so that the same rare tuple stands in front of many accounts.
 */
export const relayStack = (base: HeaderStack, random: Random): HeaderStack => {
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

/** Gateways and relays that are published or sold, the most used first; their number is a guess. */
const PRODUCTS = 12
const rank = createZipf(PRODUCTS, 1)

/** Header set of one of them. */
export const gatewayOf = (world: World, random: Random): HeaderStack => {
  const own = createRandom(rank(random), 'gateway')
  return relayStack(own.pick(world.stacks), own)
}
