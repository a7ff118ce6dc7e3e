import { prose, thingName } from './prose.ts'
import { createRandom, createZipf, type Random } from './random.ts'
import type { KnownAgent, Texts } from './texts.ts'

/** Which instructions customers use: everybody's agents, a framework's, or their own. */
export type Templates = {
  /** A popular agent: Zipf with exponent 1 over the first eight. */
  readonly agent: (random: Random) => KnownAgent
  /** One of some 3,000 that frameworks and tutorials spread: Zipf with exponent 0.9. */
  readonly framework: (random: Random) => string
  /** One that nobody else has. */
  readonly own: (random: Random) => string
}

const POPULAR_AGENTS = 8
const FRAMEWORK_TEMPLATES = 3_000

/** Instructions of a framework by rank: first those that it ships, then those with an author's additions. */
const frameworkText = (texts: Texts, rank: number): string => {
  const shipped = texts.frameworks[rank % texts.frameworks.length] ?? ''
  if (rank < texts.frameworks.length) return shipped
  const random = createRandom(rank, 'framework')
  return `${prose(random, 4)} ${shipped.slice(0, 300)} ${prose(random, 6)}`
}

/** See {@link Templates}. */
export const createTemplates = (texts: Texts): Templates => {
  const agents = texts.agents.slice(0, POPULAR_AGENTS)
  const agentRank = createZipf(agents.length, 1)
  const frameworkRank = createZipf(FRAMEWORK_TEMPLATES, 0.9)
  return {
    agent: (random) => agents[agentRank(random)] ?? random.pick(agents),
    framework: (random) => frameworkText(texts, frameworkRank(random)),
    own: (random) =>
      `You are the ${thingName(random)} of ${thingName(random)}. ${prose(random, 4 + random.below(8))}`,
  }
}
