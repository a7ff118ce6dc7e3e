import { packFrames, unpackFrames, type Frame } from './frames.ts'

/** What carries messages between two processes, each as a structured clone. */
export interface Wire {
  /** Calls back once the system has the bytes, or with the reason why it has not. */
  send(message: unknown, sent: (problem: Error | null) => void): void
  received(listener: (message: unknown) => void): void
  closed(listener: () => void): void
}

/** Why a question was not answered. */
export type ChannelFailureKind = 'timeout' | 'closed' | 'full' | 'refused'

/** A question without an answer. `word` is the other side's own, where it refused. */
export class ChannelFailure extends Error {
  readonly kind: ChannelFailureKind
  readonly word: string

  constructor(kind: ChannelFailureKind, message: string, word = '') {
    super(message)
    this.name = 'ChannelFailure'
    this.kind = kind
    this.word = word
  }
}

/** Questions, answers and news between the primary and one worker, in the order they were given. */
export interface Channel {
  /** Rejects with {@link ChannelFailure}, within `deadlineMs` at the latest. */
  ask(topic: string, body: unknown, deadlineMs: number): Promise<unknown>
  /** False where it was dropped, because the other side does not keep up or is gone. */
  tell(topic: string, body: unknown): boolean
  /** One answerer a topic. What it throws is a refusal; a `word` on it reaches the asker. */
  answer(topic: string, answerer: (body: unknown) => unknown): void
  /** One listener a topic. One that throws has met nonsense. */
  hear(topic: string, heard: (body: unknown) => void): void
  /**
   * `collect` is called right before each message goes out, and what it says goes along. The answer has
   * one sent at the end of this turn of the event loop.
   */
  beforeSend(collect: () => void): () => void
  /** Resolves once the system has everything that was said, or the channel is closed. */
  flush(): Promise<void>
  /** Calls back once the other side is gone; at once where it is. */
  gone(left: () => void): void
}

const MAX_PENDING = 20_000
const MAX_UNSENT_BYTES = 32 * 1024 * 1024
/** What a body counts for that is neither text nor numbers. */
const PLAIN_BYTES = 256
const SWEEP_MS = 25

const sizeOf = (body: unknown): number => {
  if (typeof body === 'string') return body.length + 32
  if (ArrayBuffer.isView(body)) return body.byteLength + 64
  if (!Array.isArray(body)) return PLAIN_BYTES
  let bytes = 0
  for (const part of body) bytes += typeof part === 'string' ? part.length + 32 : PLAIN_BYTES
  return bytes
}

const wordOf = (thrown: unknown): string =>
  thrown instanceof Error && 'kind' in thrown ? String(thrown.kind) : ''

type Pending = {
  readonly resolve: (body: unknown) => void
  readonly reject: (problem: ChannelFailure) => void
  readonly untilMs: number
}

/**
 * A channel over a wire. What is said in one turn of the event loop goes out as one message at its end.
 * Bounded: with 20,000 questions open, or 32 MB that the system has not taken, further ones fail at once.
 * A message that is no list of frames, or a body its topic cannot read, is told to `onNonsense`, whose
 * owner ends the other side: two processes of one program do not misunderstand each other by chance.
 */
export const createChannel = (
  wire: Wire,
  options: { readonly onNonsense: (what: string) => void },
): Channel => {
  const { onNonsense } = options
  const pending = new Map<number, Pending>()
  const answerers = new Map<string, (body: unknown) => unknown>()
  const listeners = new Map<string, (body: unknown) => void>()
  const leavers: (() => void)[] = []
  const flushers: (() => void)[] = []
  const collectors: (() => void)[] = []
  let armed = false
  let waiting: Frame[] = []
  let waitingBytes = 0
  let unsentBytes = 0
  let asked = 0
  let sweeper: NodeJS.Timeout | undefined
  let open = true

  const send = (): void => {
    for (const collect of collectors) collect()
    armed = false
    const frames = waiting
    const bytes = waitingBytes
    waiting = []
    waitingBytes = 0
    if (!open || frames.length === 0) return
    wire.send(packFrames(frames), () => {
      // A failed send is followed by the end of the wire, which settles everything.
      unsentBytes -= bytes
      if (unsentBytes === 0) for (const done of flushers.splice(0)) done()
    })
  }

  const arm = (): void => {
    if (armed) return
    armed = true
    setImmediate(send)
  }

  const put = (frame: Frame, body: unknown): boolean => {
    const bytes = sizeOf(body)
    if (!open || unsentBytes + bytes > MAX_UNSENT_BYTES) return false
    arm()
    waiting.push(frame)
    waitingBytes += bytes
    unsentBytes += bytes
    return true
  }

  const sweep = (): void => {
    const nowMs = performance.now()
    for (const [ask, { untilMs, reject }] of pending) {
      if (untilMs > nowMs) continue
      pending.delete(ask)
      reject(new ChannelFailure('timeout', 'the other process did not answer in time'))
    }
    if (pending.size > 0) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  const answered = (ask: number, settle: (one: Pending) => void): void => {
    // One that was given up is nobody's any more.
    const one = pending.get(ask)
    if (one === undefined) return
    pending.delete(ask)
    settle(one)
  }

  const asking = (ask: number, topic: string, body: unknown): void => {
    const answer = (result: unknown): void =>
      void put({ kind: 'answer', ask, body: result }, result)
    const refuse = (thrown: unknown): void => {
      const text = thrown instanceof Error ? thrown.message : String(thrown)
      put({ kind: 'refusal', ask, word: wordOf(thrown), text }, text)
    }
    try {
      const answerer = answerers.get(topic)
      if (answerer === undefined) throw new Error(`nobody answers to ${topic.slice(0, 40)}`)
      const result = answerer(body)
      if (result instanceof Promise) result.then(answer, refuse)
      else answer(result)
    } catch (thrown) {
      refuse(thrown)
    }
  }

  const take = (frame: Frame): void => {
    switch (frame.kind) {
      case 'tell': {
        const listener = listeners.get(frame.topic)
        if (listener === undefined) return onNonsense(`news of ${frame.topic.slice(0, 40)}`)
        try {
          listener(frame.body)
        } catch {
          onNonsense(`news of ${frame.topic}`)
        }
        return
      }
      case 'ask':
        asking(frame.ask, frame.topic, frame.body)
        return
      case 'answer':
        return answered(frame.ask, ({ resolve }) => resolve(frame.body))
      case 'refusal':
        return answered(frame.ask, ({ reject }) =>
          reject(new ChannelFailure('refused', frame.text.slice(0, 300), frame.word)),
        )
    }
  }

  wire.received((message) => {
    const frames = unpackFrames(message)
    if (frames === undefined) return onNonsense('a message without frames')
    for (const frame of frames) take(frame)
  })
  wire.closed(() => {
    if (!open) return
    open = false
    clearInterval(sweeper)
    for (const { reject } of pending.values()) {
      reject(new ChannelFailure('closed', 'the other process is gone'))
    }
    pending.clear()
    for (const done of flushers.splice(0)) done()
    for (const left of leavers.splice(0)) left()
  })

  return {
    ask: (topic, body, deadlineMs) =>
      new Promise((resolve, reject) => {
        if (!open) return reject(new ChannelFailure('closed', 'the other process is gone'))
        const ask = ++asked
        if (pending.size >= MAX_PENDING || !put({ kind: 'ask', ask, topic, body }, body)) {
          return reject(new ChannelFailure('full', 'the other process does not keep up'))
        }
        pending.set(ask, { resolve, reject, untilMs: performance.now() + deadlineMs })
        // After a pause of this process the answers may lie in the pipe: they are read before the sweep.
        sweeper ??= setInterval(() => setImmediate(sweep), SWEEP_MS).unref()
      }),
    tell: (topic, body) => put({ kind: 'tell', topic, body }, body),
    answer: (topic, answerer) => void answerers.set(topic, answerer),
    hear: (topic, heard) => void listeners.set(topic, heard),
    beforeSend: (collect) => {
      collectors.push(collect)
      return arm
    },
    flush: () => {
      for (const collect of collectors) collect()
      return open && unsentBytes > 0
        ? new Promise((resolve) => void flushers.push(resolve))
        : Promise.resolve()
    },
    gone: (left) => void (open ? leavers.push(left) : left()),
  }
}
