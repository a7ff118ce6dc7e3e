import type { Conversation, Wire } from './conversation.ts'
import type { HeaderStack } from './header-stacks.ts'
import type { createInstallations } from './installations.ts'
import type { Cards } from './cards.ts'
import type { Networks } from './networks.ts'
import type { Programs } from './programs.ts'
import { createRandom, type Random } from './random.ts'
import type { Sizes } from './token-sizes.ts'
import type { Texts } from './texts.ts'

/** A model on offer, the share of work it gets, and the day of its release where that falls into the run. */
export type OfferedModel = {
  readonly name: string
  readonly weight: number
  readonly releasedMs: number | undefined
}

/** What everybody in a simulation shares. */
export type World = {
  readonly seed: number
  readonly startMs: number
  readonly endMs: number
  readonly wire: Wire
  readonly models: readonly OfferedModel[]
  readonly texts: Texts
  readonly sizes: Sizes
  readonly networks: Networks
  /** Header sets of clients that speak the wire form. */
  readonly stacks: readonly HeaderStack[]
  readonly install: ReturnType<typeof createInstallations>
  /** Characters of instructions that go into a body. */
  readonly systemChars: number
  /** Largest volume of a middling day that an honest account may draw; larger ones are drawn again. */
  readonly maxCallsPerDay: number
  /** How programs come and go. */
  readonly programs: Programs
  readonly cards: Cards
  /** A new account id: all look alike, whoever they belong to. */
  readonly newId: (random: Random) => string
}

/** The stream of one key in this world. */
export const streamOf = (world: World, key: string): Random => createRandom(world.seed, key)

/** What somebody says: begins conversations and carries them on. */
export type Talk = {
  /** Every call is a conversation of its own, as programs make them. */
  readonly single?: boolean
  /** On which of its machines it runs is told by number. */
  readonly begin: (atMs: number, machine: number) => Conversation
  /** Puts in what has been said since the last call. */
  readonly step: (conversation: Conversation) => void
  /** The conversation to go on with instead, where it moves between accounts. */
  readonly swap?: (conversation: Conversation, atMs: number) => Conversation
  readonly tokens: (conversation: Conversation) => { inputTokens: number; outputTokens: number }
}

/** A header set by name; the first of all where there is none of that name. */
export const stackNamed = (world: World, name: string): HeaderStack => {
  const found = world.stacks.find((stack) => stack.name === name) ?? world.stacks[0]
  if (found === undefined) throw new RangeError('no header sets')
  return found
}
