import type { Gossip } from '../core/gossip.ts'
import type { Clock, Sink } from '../core/seams.ts'
import { batchText, MAX_BATCH, MAX_BATCH_CHARS, parseBatch, sightingText } from './sighting-text.ts'
import { sightingOf, type Learner, type Sighting, type SightingOptions } from './sighting.ts'

/** Topic under which processes tell each other what they saw. */
export const SIGHTINGS_TOPIC = 'sightings'

/** What learning from events needs. */
export type LearningOptions = SightingOptions & {
  readonly learners: readonly Learner[]
  /** The other processes of the installation; absent where there are none. */
  readonly gossip?: Gossip | undefined
  readonly clock: Clock
  /** How long a sighting may wait for others before it is told. */
  readonly batchMs?: number
}

/** Learns from events. As a sink it takes those of its own process. */
export interface Learning extends Sink {
  /** Sightings of this process, sound ones of others, and what others said that was not sound. */
  stats(): { readonly seen: number; readonly heard: number; readonly refused: number }
}

/** Room left in a batch, so that one more sighting never breaks the bound. */
const FULL_CHARS = MAX_BATCH_CHARS / 4

/**
 * Hands what this process sees to its learners at once and tells the other processes in batches every
 * `batchMs` (100); what they tell goes to the same learners. Each event is learned once by each process,
 * given that the gossip brings each text once. `close` tells what is left and closes the learners.
 *
 * Limits: a process that is told nothing (its neighbours are gone) knows what it saw itself, so its
 * figures are lower bounds then; sightings that wait when a process is killed are lost to the others.
 */
export const createLearning = (options: LearningOptions): Learning => {
  const { learners, gossip, clock, batchMs = 100 } = options
  let waiting = ''
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let seen = 0
  let heard = 0
  let refused = 0

  const learn = (sighting: Sighting): void => {
    for (const learner of learners) learner.learn(sighting)
  }
  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (count > 0) gossip?.tell(SIGHTINGS_TOPIC, batchText(waiting))
    waiting = ''
    count = 0
  }
  const tellSoon = (text: string): void => {
    waiting += count === 0 ? text : `,${text}`
    count++
    if (count >= MAX_BATCH || waiting.length >= FULL_CHARS) tell()
    else timer ??= setTimeout(tell, batchMs).unref()
  }

  gossip?.hear(SIGHTINGS_TOPIC, (text) => {
    const batch = parseBatch(text, clock.now())
    for (const sighting of batch.sightings) learn(sighting)
    heard += batch.sightings.length
    refused += batch.refused
  })

  return {
    name: 'learning',
    accept: (event) => {
      const sighting = sightingOf(event, options)
      if (sighting === undefined) return
      seen++
      learn(sighting)
      if (gossip !== undefined) tellSoon(sightingText(sighting))
    },
    stats: () => ({ seen, heard, refused }),
    close: async () => {
      tell()
      await Promise.all(learners.map((learner) => learner.close()))
    },
  }
}
