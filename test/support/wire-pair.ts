import type { Wire } from '../../src/workers/channel.ts'

/** One end of two wires that are joined in this process. */
export type WireEnd = Wire & {
  /** Puts a message in as if the other end had sent it. */
  inject(message: unknown): void
  /** Messages that this end sent. */
  readonly sent: unknown[]
  /** Holds messages of this end back, as a process that hangs at the other one would, until called again. */
  hold(held: boolean): void
  /** The process of this end is gone. */
  cut(): void
}

const createEnd = (): WireEnd & { peer: WireEnd | undefined } => {
  const received: ((message: unknown) => void)[] = []
  const closed: (() => void)[] = []
  const waiting: (() => void)[] = []
  let held = false
  const end: WireEnd & { peer: WireEnd | undefined } = {
    peer: undefined,
    sent: [],
    send: (message, sent) => {
      // What a real wire cannot carry must not pass here.
      const copy: unknown = structuredClone(message)
      end.sent.push(copy)
      const deliver = (): void => {
        sent(null)
        end.peer?.inject(copy)
      }
      if (held) waiting.push(deliver)
      else setImmediate(deliver)
    },
    received: (listener) => void received.push(listener),
    closed: (listener) => void closed.push(listener),
    inject: (message) => {
      for (const listener of received) listener(message)
    },
    hold: (now) => {
      held = now
      if (!held) for (const deliver of waiting.splice(0)) deliver()
    },
    cut: () => {
      for (const listener of closed) listener()
    },
  }
  return end
}

/** Two ends of one wire. */
export const wirePair = (): readonly [WireEnd, WireEnd] => {
  const [a, b] = [createEnd(), createEnd()]
  a.peer = b
  b.peer = a
  return [a, b]
}
