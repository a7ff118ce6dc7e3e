import { DAY_MS } from '../core/time.ts'
import type { Funding } from './cards.ts'
import type { Waiting } from './handover.ts'
import type { Machine } from './header-stacks.ts'
import { machineOf } from './honest-clients.ts'
import { conventionOf, type Mail } from './mail.ts'
import { createPeoplePlaces, createSharedPlace, type Places } from './places.ts'
import { prose, thingName } from './prose.ts'
import type { Random } from './random.ts'
import { streamOf, type World } from './world.ts'

/** What an honest account has in common with few others, of which no account file tells. */
export type Tie = {
  readonly createdMs?: number
  readonly card?: Funding
  readonly places?: Places
  readonly machine?: Machine
  readonly mail?: Mail
  /** Instructions that its members share. */
  readonly system?: string
  /**
   * Conversations that go on under another account, with the chance of that at each call: about one
   * session of an agent in seven for one person with two accounts, half as often in a team. Guesses.
   */
  readonly handover?: { readonly waiting: Waiting; readonly chance: number }
}

type Group = (member: Random, nth: number) => Tie

/** One person with two accounts, for work and at home or to have both quotas. */
const twoOfOne = (world: World, random: Random): Group => {
  const places = createPeoplePlaces(world.networks, random)
  const machine = machineOf(random, false)
  const card = random.chance(0.6) ? world.cards.ordinary(random, places.country) : undefined
  const waiting: Waiting = []
  return () => ({
    places,
    machine,
    ...(card === undefined ? {} : { card }),
    handover: { waiting, chance: 0.006 },
  })
}

/** People of one household, or friends: one line, often one card. */
const household = (world: World, random: Random): Group => {
  const home = createSharedPlace(world.networks, random, 'residential')
  const card = random.chance(0.5) ? world.cards.ordinary(random, home.country) : undefined
  return (member) => ({
    places: createPeoplePlaces(world.networks, member, undefined, home),
    ...(card === undefined ? {} : { card }),
  })
}

/** A small firm, a lab or a club that never declared itself: an account for each, or for each project. */
const team = (world: World, random: Random): Group => {
  const office = createSharedPlace(world.networks, random, 'corporate')
  const card = random.chance(0.7) ? world.cards.ordinary(random, office.country) : undefined
  const domain = `${thingName(random)}.com`
  const convention = conventionOf(random)
  const joinedMs = world.endMs + Math.log(1 - random.unit()) * 250 * DAY_MS
  const system = random.chance(0.5)
    ? `You help the people of ${thingName(random)}. ${prose(random, 8)}`
    : undefined
  const waiting: Waiting = []
  const works = random.chance(0.6)
  return (member) => ({
    createdMs: Math.min(world.endMs - DAY_MS, joinedMs + member.unit() * 60 * DAY_MS),
    ...(works ? { places: createPeoplePlaces(world.networks, member, undefined, office) } : {}),
    ...(card === undefined ? {} : { card }),
    mail: { pattern: convention(member), domain },
    ...(system === undefined ? {} : { system }),
    handover: { waiting, chance: 0.003 },
  })
}

/** Shares of accounts are guesses: 4 % in pairs, 5 % in households, 5 % in teams of 3 to 60, mostly 6. */
const groupOf = (
  world: World,
  random: Random,
): { readonly size: number; readonly group: Group } | undefined => {
  const draw = random.unit()
  if (draw < 0.022) return { size: 2, group: twoOfOne(world, random) }
  if (draw < 0.043) {
    return { size: random.chance(0.6) ? 2 : 3 + random.below(2), group: household(world, random) }
  }
  if (draw < 0.051) {
    const size = Math.min(60, Math.max(3, Math.round(random.logNormal(6, 0.7))))
    return { size, group: team(world, random) }
  }
  return undefined
}

/** Ties of `count` honest accounts, one after another; `undefined` for those on their own. */
export function* ties(world: World, count: number): Generator<Tie | undefined> {
  for (let at = 0; at < count;) {
    const found = groupOf(world, streamOf(world, `tie ${at}`))
    const size = Math.min(count - at, found?.size ?? 1)
    for (let nth = 0; nth < size; nth++) {
      yield found?.group(streamOf(world, `tie ${at} ${nth}`), nth)
    }
    at += size
  }
}
