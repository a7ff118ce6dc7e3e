import { z } from 'zod'
import { LedgerFailure, type Presence, type Replica } from '../core/ledger.ts'
import { ChannelFailure, type Channel } from './channel.ts'

const TOPIC = 'roster'
const DEADLINE_MS = 1_000
const MAX_NOTE_CHARS = 4_096

const roster = z.array(z.object({ id: z.string(), note: z.string() }))

/** Who lives, as the primary knows it: it needs no beats for that, only for what a worker says of itself. */
export const createRoster = (channel: Channel): Presence => ({
  beat: async (note) => {
    try {
      return roster.parse(await channel.ask(TOPIC, note, DEADLINE_MS))
    } catch (error) {
      const late = error instanceof ChannelFailure && error.kind === 'timeout'
      throw new LedgerFailure(late ? 'timeout' : 'unreachable', 'the primary did not say who lives')
    }
  },
})

/** What workers said of themselves. */
export type RosterKeeper = {
  /** Answers a worker; those of `living` that never said anything have an empty note. */
  serve(worker: { readonly id: string; readonly channel: Channel }): void
}

/** Keeps the roster of the workers that live. */
export const keepRoster = (living: () => readonly { readonly id: string }[]): RosterKeeper => {
  const notes = new Map<string, string>()
  return {
    serve: ({ id, channel }) => {
      channel.answer(TOPIC, (note): readonly Replica[] => {
        if (typeof note === 'string') notes.set(id, note.slice(0, MAX_NOTE_CHARS))
        const ids = new Set([id, ...living().map((one) => one.id)])
        return [...ids].toSorted().map((one) => ({ id: one, note: notes.get(one) ?? '' }))
      })
      channel.gone(() => void notes.delete(id))
    },
  }
}
