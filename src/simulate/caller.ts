import type { RecordedCall, Solves } from '../core/trace.ts'
import { bodyOf, PATHS, type Conversation } from './conversation.ts'
import type { Installation } from './installations.ts'
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
  readonly talk: Talk
  /** One for each machine that it calls from. */
  readonly installations: readonly [Installation, ...Installation[]]
  /** Number of the machine of a new session; the first where absent. */
  readonly machineOf?: () => number
  /** How long after a release this client has it. */
  readonly lagMs: number
  /** Day whose newest release it stays with, less the lag; absent for a client that goes on updating. */
  readonly frozenAtMs?: number
}

/** Puts the parts of an account together. */
export const createCaller = (parts: CallerParts): Caller => {
  const { account, label, solves, rhythm, places, talk, installations, lagMs } = parts
  const open = new Map<number, { conversation: Conversation; ip: string; machine: number }>()
  return {
    account,
    nextAtMs: () => rhythm.nextAtMs(),
    call: (): RecordedCall => {
      const { atMs, session, last } = rhythm.take()
      let current = open.get(session)
      if (current === undefined) {
        const machine = parts.machineOf?.() ?? 0
        const ip = places.addressOf(session)
        current = { conversation: talk.begin(atMs, machine), ip, machine }
        if (!last) open.set(session, current)
      } else {
        if (last) open.delete(session)
        if (talk.single === true) current.conversation = talk.begin(atMs, current.machine)
        if (places.perCall === true) current.ip = places.addressOf(session)
      }
      if (talk.swap !== undefined) current.conversation = talk.swap(current.conversation, atMs)
      const { conversation } = current
      talk.step(conversation)
      const installation = installations[current.machine] ?? installations[0]
      return {
        atMs,
        account,
        ip: current.ip,
        method: 'POST',
        path: PATHS[conversation.setup.wire],
        rawHeaders: installation((parts.frozenAtMs ?? atMs) - lagMs),
        body: bodyOf(conversation),
        usage: talk.tokens(conversation),
        label,
        solves,
      }
    },
  }
}
