/**
 * What processes of a fleet tell each other off the path of a call. What one process says reaches the
 * others in its order and each of them once, within a fraction of a second; while they cannot be reached
 * it is kept as far as memory is set aside for it, then the oldest is dropped and counted. Nobody hears
 * itself. A process that starts may first hear what was said before it came, as far as that is kept. A
 * text that was heard is hostile until parsed.
 */
export interface Gossip {
  /** Never waits, never throws. */
  tell(topic: string, text: string): void
  /** One listener a topic; it must not throw. */
  hear(topic: string, heard: (text: string) => void): void
  close(): Promise<void>
}
