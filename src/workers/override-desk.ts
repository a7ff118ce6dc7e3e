import { LedgerFailure } from '../core/ledger.ts'
import { ChannelFailure, type Channel } from './channel.ts'
import { failureKindOf } from './channel-failure-kind.ts'

const TOPIC = 'overrides.since'
const DEADLINE_MS = 1_000
const MAX_TEXTS = 500

/** Overrides as a primary has them: texts of batches, and a word for this state of them. */
export type OverridesKnown = { readonly revision: string; readonly texts: readonly string[] }

/** Answers a worker that asks for what it may have missed; nothing where it has the newest. */
export const serveOverrides = (
  channel: Channel,
  known: { revision(): string; texts(): readonly string[] },
): void =>
  channel.answer(TOPIC, (since) => {
    const revision = known.revision()
    return since === revision ? [revision] : [revision, ...known.texts()]
  })

/** Asks the primary for overrides since a revision. Rejects with {@link LedgerFailure} within a second. */
export const askOverrides = async (channel: Channel, since: string): Promise<OverridesKnown> => {
  let answer: unknown
  try {
    answer = await channel.ask(TOPIC, since, DEADLINE_MS)
  } catch (error) {
    if (!(error instanceof ChannelFailure)) throw error
    throw new LedgerFailure(failureKindOf(error), error.message, { cause: error })
  }
  if (Array.isArray(answer) && answer.length <= MAX_TEXTS + 1) {
    // An array of whatever the other side has sent; each element is checked.
    const parts: readonly unknown[] = answer
    const [revision, ...texts] = parts
    if (typeof revision === 'string' && texts.every((text) => typeof text === 'string')) {
      return { revision, texts }
    }
  }
  throw new LedgerFailure('nonsense', 'the primary answered with no overrides')
}
