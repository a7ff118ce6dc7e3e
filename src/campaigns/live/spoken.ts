import type { Detector } from '../detector-seam.ts'
import { levelCounts } from './detector-answers.ts'
import type { LevelCounts } from './detector-protocol.ts'

/** Members that are told of one campaign; a store is no place for more. */
const MAX_MEMBERS = 10_000
/** Campaigns that are told in full. */
const MAX_TOLD = 2_000

/** Name of the sign of life. */
export const ALIVE = 'alive'

/** The sign of life of the detector of a fleet. */
export type Alive = {
  /** Counts up with every sign, so that a reader sees it change without comparing clocks. */
  readonly beat: number
  /** Milliseconds by which it is behind the calls. */
  readonly lagMs: number
  readonly levels: LevelCounts
}

/** Keeps what a detector has said of itself, so that only changes are said again. */
export type Spoken = {
  /**
   * What is new since {@link Spoken.kept}, by name; `undefined` for what is no more. Of campaigns it tells
   * the list, and in full only those of `full`.
   */
  news(detector: Detector, full: 'all' | ReadonlySet<string>): Map<string, string | undefined>
  /** What was said has arrived. */
  kept(news: ReadonlyMap<string, string | undefined>): void
  levels(): LevelCounts
}

/** Names of what is said of a campaign. */
export const evidenceOf = (id: string): string => `show:${id}`
export const membersOf = (id: string): string => `members:${id}`

/** `status`, `list`, and for each campaign its evidence and its most probable members, as JSON. */
export const createSpoken = (): Spoken => {
  const said = new Map<string, string>()
  let levels: LevelCounts = [0, 0, 0, 0, 0]
  return {
    news: (detector, full) => {
      const list = detector.list()
      const now = new Map([
        ['status', JSON.stringify(detector.status())],
        ['list', JSON.stringify(list)],
      ])
      for (const { id } of list.slice(0, MAX_TOLD)) {
        if (full !== 'all' && !full.has(id)) continue
        now.set(evidenceOf(id), JSON.stringify(detector.show(id)))
        now.set(membersOf(id), JSON.stringify(detector.members(id)?.slice(0, MAX_MEMBERS)))
      }
      levels = levelCounts(detector)
      const news = new Map<string, string | undefined>()
      for (const [name, text] of now) if (said.get(name) !== text) news.set(name, text)
      if (full !== 'all') return news
      for (const name of said.keys()) if (!now.has(name)) news.set(name, undefined)
      return news
    },
    kept: (news) => {
      for (const [name, text] of news) {
        if (text === undefined) said.delete(name)
        else said.set(name, text)
      }
    },
    levels: () => levels,
  }
}
