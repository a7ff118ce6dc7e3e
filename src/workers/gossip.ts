import type { Gossip } from '../core/gossip.ts'
import type { Channel } from './channel.ts'

const TOPIC = 'gossip'
const MAX_TOPIC_CHARS = 64

type Said = readonly [topic: string, text: string]

const saidOf = (body: unknown): Said => {
  if (Array.isArray(body) && body.length === 2) {
    const [topic, text] = body as readonly unknown[]
    if (typeof topic === 'string' && typeof text === 'string' && topic.length <= MAX_TOPIC_CHARS) {
      return [topic, text]
    }
  }
  throw new TypeError('no topic and text')
}

const MAX_EARLY_CHARS = 4 * 1024 * 1024

/** Who listens to which topic here. What comes before somebody does is kept, up to so many characters. */
const createListeners = (earlyChars: number) => {
  const listeners = new Map<string, (text: string) => void>()
  let early: Said[] = []
  let room = earlyChars
  return {
    hear: (topic: string, heard: (text: string) => void): void => {
      listeners.set(topic, heard)
      for (const [, text] of early.filter((said) => said[0] === topic)) heard(text)
      early = early.filter((said) => said[0] !== topic)
    },
    pass: (said: Said): void => {
      const heard = listeners.get(said[0])
      if (heard !== undefined) heard(said[1])
      else if (said[1].length <= room) {
        room -= said[1].length
        early.push(said)
      }
    },
  }
}

const nothing = (): Promise<void> => Promise.resolve()

/** What a worker and all other processes of the machine tell each other, by way of the primary. */
export const createGossip = (channel: Channel, onDrop: () => void): Gossip => {
  const listeners = createListeners(MAX_EARLY_CHARS)
  channel.hear(TOPIC, (body) => listeners.pass(saidOf(body)))
  return {
    tell: (topic, text) => {
      if (!channel.tell(TOPIC, [topic, text])) onDrop()
    },
    hear: (topic, heard) => listeners.hear(topic, heard),
    close: nothing,
  }
}

/** The primary's part: it hears what workers say, passes it on to the others, and may speak itself. */
export type GossipRelay = Gossip & {
  /** Takes a worker into the round until it is gone. */
  join(channel: Channel): void
}

/** Joins the workers of a machine. What one of them does not keep up with is dropped for it alone. */
export const createGossipRelay = (onDrop: () => void): GossipRelay => {
  const listeners = createListeners(0)
  const members = new Set<Channel>()
  const tellOthers = (said: Said, except?: Channel): void => {
    for (const member of members) {
      if (member !== except && !member.tell(TOPIC, said)) onDrop()
    }
  }
  return {
    join: (channel) => {
      members.add(channel)
      channel.hear(TOPIC, (body) => {
        const said = saidOf(body)
        listeners.pass(said)
        tellOthers(said, channel)
      })
      channel.gone(() => void members.delete(channel))
    },
    tell: (topic, text) => tellOthers([topic, text]),
    hear: (topic, heard) => listeners.hear(topic, heard),
    close: nothing,
  }
}
