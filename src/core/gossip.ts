/**
 * What processes of a fleet tell each other off the path of a call. What one process says reaches the
 * others in its order, within a fraction of a second; while they cannot be reached it is kept as far
 * as memory is set aside for it, then dropped and counted. A text that was heard is hostile until
 * parsed. Nobody hears itself.
 */
export interface Gossip {
  /** Never waits, never throws. */
  tell(topic: string, text: string): void
  /** One listener a topic; it must not throw. */
  hear(topic: string, heard: (text: string) => void): void
  close(): Promise<void>
}
