import type { RecordedCall, Solves } from '../core/trace.ts'
import { bodyOf, PATHS, type Conversation } from './conversation.ts'
import { releaseAt, type Installation } from './header-stacks.ts'
import type { Places } from './places.ts'
import type { Rhythm } from './rhythm.ts'
import type { Caller } from './simulated-call.ts'
import type { Talk } from './world.ts'

/** What one account is made of. */
export type CallerParts = {
  readonly account: string
  readonly label: string
  readonly solves: Solves
  readonly rhythm: Rhythm
  readonly places: Places
  /** Whether every call has an address of its own instead of every session. */
  readonly addressPerCall?: boolean
  readonly talk: Talk
  readonly installation: Installation
  /** How long after a release this client has it. */
  readonly lagMs: number
  /** Day whose newest release it stays with, less the lag; absent for a client that goes on updating. */
  readonly frozenAtMs?: number
}

/** Puts the parts of an account together. */
export const createCaller = (parts: CallerParts): Caller => {
  const { account, label, solves, rhythm, places, talk, installation, lagMs } = parts
  const open = new Map<number, { conversation: Conversation; ip: string }>()
  return {
    account,
    nextAtMs: () => rhythm.nextAtMs(),
    call: (): RecordedCall => {
      const { atMs, session, last } = rhythm.take()
      let current = open.get(session)
      if (current === undefined) {
        current = { conversation: talk.begin(atMs), ip: places.addressOf(session) }
        if (!last) open.set(session, current)
      } else if (last) {
        open.delete(session)
      }
      if (talk.single === true && current.conversation.turns > 0)
        current.conversation = talk.begin(atMs)
      if (talk.swap !== undefined) current.conversation = talk.swap(current.conversation, atMs)
      const { conversation } = current
      if (parts.addressPerCall === true) current.ip = places.addressOf(session)
      talk.step(conversation)
      return {
        atMs,
        account,
        ip: current.ip,
        method: 'POST',
        path: PATHS[conversation.setup.wire],
        rawHeaders: installation(releaseAt((parts.frozenAtMs ?? atMs) - lagMs)),
        body: bodyOf(conversation),
        usage: talk.tokens(conversation),
        label,
        solves,
      }
    },
  }
}
