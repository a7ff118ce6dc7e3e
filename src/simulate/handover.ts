import { startConversation, type Conversation } from './conversation.ts'
import type { Random } from './random.ts'
import type { Talk } from './world.ts'

/** Conversations that wait for another account to go on with them. */
export type Waiting = { readonly conversation: Conversation; readonly from: string }[]

/** A conversation longer than this is not handed on: it would not end. */
const MAX_TURNS = 400

/**
 * Moves conversations between the accounts that share a list, with a chance at each call: the own one is
 * left for others, one of another account is gone on with, and where none waits a new one is begun. The
 * oldest is forgotten where more than `keep` wait.
 */
export const createHandover =
  (
    waiting: Waiting,
    account: string,
    options: { readonly chance: number; readonly random: Random; readonly keep?: number },
  ): NonNullable<Talk['swap']> =>
  (conversation) => {
    const { chance, random, keep = Infinity } = options
    if (conversation.turns === 0 || conversation.turns > MAX_TURNS) return conversation
    if (chance < 1 && !random.chance(chance)) return conversation
    const other = waiting.findIndex(({ from }) => from !== account)
    const taken = other === -1 ? undefined : waiting.splice(other, 1)[0]
    waiting.push({ conversation, from: account })
    if (waiting.length > keep) waiting.shift()
    return taken?.conversation ?? startConversation(conversation.setup)
  }
