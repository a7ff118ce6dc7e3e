import { z } from 'zod'
import type { Channel } from './channel.ts'
import { policySwitches, type PolicySwitches, type PolicyText } from './policy-round.ts'

/** What a worker starts with: all of it the primary's, so that the two never differ. */
export type Welcome<Settings> = {
  /** Of the program: a worker of a newer one than its primary must not serve. */
  readonly version: string
  /** Its name among all processes that ever were. */
  readonly id: string
  readonly place: number
  readonly count: number
  /** As the primary read them; plain data. */
  readonly settings: Settings
  /** Folder that paths in the settings are relative to. */
  readonly folder: string
  readonly rootKey: Uint8Array
  readonly documents: readonly PolicyText[]
  readonly switches: PolicySwitches
  /** Marks in force, in batches as they are told. */
  readonly marks: readonly string[]
  /** Clearances that are known, likewise; none where workers find them in a store. */
  readonly clearances: readonly string[]
  /** Overrides that are known, likewise. */
  readonly overrides: readonly string[]
  /** Where to listen. */
  readonly listen: string
}

const TOPIC = 'welcome'
const WELCOME_MS = 30_000

const form = z.object({
  version: z.string(),
  id: z.string(),
  place: z.int().min(1),
  count: z.int().min(1),
  settings: z.looseObject({}),
  folder: z.string(),
  rootKey: z.instanceof(Uint8Array),
  documents: z.array(z.object({ file: z.string(), source: z.string() })),
  switches: policySwitches,
  marks: z.array(z.string()),
  clearances: z.array(z.string()),
  overrides: z.array(z.string()),
  listen: z.string(),
})

/** Answers a worker that asks what to start with. */
export const giveWelcome = <Settings>(
  channel: Channel,
  welcome: () => Promise<Welcome<Settings>>,
): void => {
  channel.answer(TOPIC, welcome)
}

/** Asks the primary. Rejects where it is of another version. */
export const askWelcome = async <Settings>(
  channel: Channel,
  version: string,
): Promise<Welcome<Settings>> => {
  const welcome = form.parse(await channel.ask(TOPIC, undefined, WELCOME_MS))
  if (welcome.version !== version) {
    throw new Error(
      `the program on disk is ${version}, but ${welcome.version} is running; restart Stillwatch`,
    )
  }
  // The settings are those that the primary, the same program, has read and found valid.
  return welcome as typeof welcome & { readonly settings: Settings }
}
