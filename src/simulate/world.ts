import { DAY_MS } from '../core/time.ts'
import type { Conversation, Wire } from './conversation.ts'
import type { createInstallations } from './header-stacks.ts'
import type { Networks } from './networks.ts'
import { createRandom, createZipf, type Random } from './random.ts'
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
  readonly install: ReturnType<typeof createInstallations>
  /** Characters of instructions that go into a body. */
  readonly systemChars: number
  /** Largest volume of a middling day that an honest account may draw; larger ones are drawn again. */
  readonly maxCallsPerDay: number
  /** Spread of daily volume between applications, on a log scale. */
  readonly appLogSd: number
  /** Rank of a card issuer: popular banks come often. */
  readonly issuerRank: (random: Random) => number
  /** A new account id: all look alike, whoever they belong to. */
  readonly newId: (random: Random) => string
}

/** Card issuers: 2,500 with a Zipf exponent of 0.9. */
export const createIssuerRanks = (): ((random: Random) => number) => createZipf(2_500, 0.9)

/** The stream of one key in this world. */
export const streamOf = (world: World, key: string): Random => createRandom(world.seed, key)

/** The model somebody works with from now on. */
export const modelOf = (world: World, random: Random, atMs: number): string => {
  const released = world.models.filter(
    ({ releasedMs }) => releasedMs === undefined || releasedMs <= atMs,
  )
  const among = released.length === 0 ? world.models : released
  // Customers move to a new model over two weeks.
  const weightOf = ({ weight, releasedMs }: OfferedModel): number =>
    releasedMs === undefined ? weight : weight * Math.min(1, (atMs - releasedMs) / (14 * DAY_MS))
  let left = random.unit() * among.reduce((sum, model) => sum + weightOf(model), 0)
  for (const model of among) {
    left -= weightOf(model)
    if (left < 0) return model.name
  }
  return among[0]?.name ?? 'model'
}

/** What somebody says: begins conversations and carries them on. */
export type Talk = {
  /** Every call is a conversation of its own, as programs make them. */
  readonly single?: boolean
  readonly begin: (atMs: number) => Conversation
  /** Puts in what has been said since the last call. */
  readonly step: (conversation: Conversation) => void
  /** The conversation to go on with instead, where it moves between accounts. */
  readonly swap?: (conversation: Conversation, atMs: number) => Conversation
  readonly tokens: (conversation: Conversation) => { inputTokens: number; outputTokens: number }
}
