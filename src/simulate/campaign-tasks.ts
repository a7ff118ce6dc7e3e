import { prose } from './prose.ts'
import { createRandom, type Random } from './random.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import type { World } from './world.ts'

/** A task by its number, and who has had it. */
type OpenTask = { readonly number: number; left: number; readonly given: Set<string> }

/** The work list of a campaign. */
export type Tasks = {
  /** The next task for an account: one that it has not had. */
  readonly take: (account: string) => number
  /** Text of a task, the same for everybody. */
  readonly text: (task: number) => string
}

const OPEN_AT_ONCE = 64
const MIN_CHARS = 480
const MAX_CHARS = 900

/**
 * Tasks in order, each handed to `k` different accounts (best-of-k, as rejection sampling needs it). A
 * task is a few machine-made instructions and their own data, long enough that two alike have one source.
 */
export const createTasks = (world: World, spec: CampaignSpec): Tasks => {
  const open: OpenTask[] = []
  let next = 0
  const { agentic, generate, reason } = world.texts.harvest
  const lists = { agentic, generate, grade: reason, mixed: reason }
  const harvest = lists[spec.work]
  return {
    take: (account) => {
      const known = open.findIndex(({ given }) => !given.has(account))
      const found = open[known]
      if (found !== undefined) {
        found.given.add(account)
        found.left--
        if (found.left <= 0) open.splice(known, 1)
        return found.number
      }
      const number = next++
      if (spec.best_of.k > 1) {
        if (open.length >= OPEN_AT_ONCE) open.shift()
        open.push({ number, left: spec.best_of.k - 1, given: new Set([account]) })
      }
      return number
    },
    text: (task) => {
      const random = createRandom(world.seed, `${spec.name} task ${task}`)
      let text = random.pick(harvest)
      while (text.length < MIN_CHARS) {
        text += random.chance(0.6) ? `\n${random.pick(harvest)}` : `\nInput: ${prose(random, 2)}`
      }
      return text.length > MAX_CHARS ? text.slice(0, MAX_CHARS) : text
    },
  }
}

/** A task of grading: a question, an answer, a scale. */
export const gradingText = (text: string, random: Random): string =>
  `[Question]\n${text}\n\n[The start of the answer]\n${prose(random, 4)}\n[The end of the answer]`
