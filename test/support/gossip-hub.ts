import type { Gossip } from '../../src/core/gossip.ts'

/** Gossip in memory: whoever joins hears what the others say in a later turn, as between processes. */
export const createGossipHub = (): { join(): Gossip } => {
  const members = new Set<Map<string, (text: string) => void>>()
  return {
    join: () => {
      const listeners = new Map<string, (text: string) => void>()
      members.add(listeners)
      return {
        tell: (topic, text) => {
          for (const other of members) {
            if (other !== listeners) setImmediate(() => other.get(topic)?.(text))
          }
        },
        hear: (topic, heard) => void listeners.set(topic, heard),
        close: () => {
          members.delete(listeners)
          return Promise.resolve()
        },
      }
    },
  }
}
