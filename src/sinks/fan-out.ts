import type { CallEvent } from '../core/event.ts'
import type { Sink } from '../core/seams.ts'

/** Options of the fan-out. */
export type FanOutOptions = {
  readonly sinks: readonly Sink[]
  /** Events a sink may be behind by; further ones are dropped for it. */
  readonly queueLength?: number
  /** Bytes of request bodies that the events a sink is behind by may hold on to. */
  readonly queueBytes?: number
  /** Time the sinks may take of one turn of the event loop, in milliseconds. */
  readonly turnMs?: number
  /** Told of every event a sink did not take: queue full, or it threw. */
  readonly onDrop: (sink: string, count: number) => void
}

type Lane = {
  readonly sink: Sink
  events: CallEvent[]
  /** Position of the next event; the array is cut when it is worked off. */
  next: number
  bodyBytes: number
}

const QUEUE_LENGTH = 8_192
const QUEUE_BYTES = 64 * 1024 * 1024
/**
 * Far above what the events of one turn take (32 calls, 30 µs each). With less, a busy loop leaves events
 * behind in every turn, and what waits is promoted by the garbage collector, which makes the loop busier:
 * at 2 ms a saturated guard lost records and half of its throughput.
 */
const TURN_MS = 20
const EVENTS_BETWEEN_CLOCK_LOOKS = 16

const bodyBytesOf = (event: CallEvent): number => event.call?.body?.byteLength ?? 0

/**
 * One sink made of several. An event is queued for each and handed over in a later turn of the event loop,
 * so that no sink stands between a call and its caller; a turn is cut short when it has taken `turnMs`,
 * so that a burst of events does not hold up the calls behind it. A sink that throws or falls behind
 * loses its own events, counted, and nobody else's. `close` hands over what is queued and closes all
 * sinks; it waits as long as the slowest of them.
 */
export const createFanOut = (options: FanOutOptions): Sink => {
  const { sinks, onDrop } = options
  const queueLength = options.queueLength ?? QUEUE_LENGTH
  const queueBytes = options.queueBytes ?? QUEUE_BYTES
  const turnMs = options.turnMs ?? TURN_MS
  const lanes = sinks.map((sink): Lane => ({ sink, events: [], next: 0, bodyBytes: 0 }))
  let scheduled = false
  let closing: Promise<void> | undefined

  const dropped = (sink: Sink): void => {
    try {
      onDrop(sink.name, 1)
    } catch {
      // Whoever counts drops must not cause more of them.
    }
  }

  const handOver = (lane: Lane): void => {
    const event = lane.events[lane.next++]
    if (event === undefined) return
    lane.bodyBytes -= bodyBytesOf(event)
    try {
      lane.sink.accept(event)
    } catch {
      dropped(lane.sink)
    }
  }

  /** Works off a lane until it is empty or the time is up; whether it is empty. */
  const work = (lane: Lane, untilMs: number): boolean => {
    while (lane.next < lane.events.length) {
      handOver(lane)
      const look = lane.next % EVENTS_BETWEEN_CLOCK_LOOKS === 0
      if (look && performance.now() > untilMs) {
        lane.events = lane.events.slice(lane.next)
        lane.next = 0
        return lane.events.length === 0
      }
    }
    lane.events = []
    lane.next = 0
    return true
  }

  const turn = (): void => {
    scheduled = false
    const startMs = performance.now()
    let rest = false
    for (const [at, lane] of lanes.entries()) {
      // Each sink has its share of the turn: a slow one does not starve those after it.
      const share = startMs + (turnMs * (at + 1)) / lanes.length
      if (!work(lane, share)) rest = true
    }
    if (rest) schedule()
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }

  return {
    name: 'fan-out',
    accept(event) {
      const bytes = bodyBytesOf(event)
      for (const lane of lanes) {
        const behind = lane.events.length - lane.next
        const full = behind >= queueLength || (behind > 0 && lane.bodyBytes + bytes > queueBytes)
        if (full || closing !== undefined) {
          dropped(lane.sink)
          continue
        }
        lane.events.push(event)
        lane.bodyBytes += bytes
      }
      schedule()
    },
    close() {
      closing ??= (async () => {
        for (const lane of lanes) work(lane, Infinity)
        await Promise.allSettled(lanes.map(async ({ sink }) => sink.close()))
      })()
      return closing
    },
  }
}
