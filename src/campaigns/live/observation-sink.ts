import type { Sink } from '../../core/seams.ts'
import { batchText, MAX_BATCH, MAX_BATCH_CHARS, observationText } from './observation-text.ts'
import type { Observing } from './observing.ts'

/** What handing observations over needs. */
export type ObservationSinkOptions = {
  readonly observing: Observing
  /** Batches that fill side by side, 1 unless told; an observation goes to that of its entity. */
  readonly lanes?: number
  readonly laneOf?: (entity: string) => number
  /** Takes a batch of so many observations. Never waits, never throws. */
  readonly tell: (text: string, count: number, lane: number) => void
  /** How long an observation may wait for others. */
  readonly batchMs?: number
}

/** Room left in a batch, so that one more observation never breaks the bound. */
const FULL_CHARS = MAX_BATCH_CHARS / 4

type Lane = { text: string; count: number }

/**
 * The sink through which a process tells what campaigns are found by, in texts every `batchMs` (100). It
 * runs with the other sinks, after the record of a call. `close` tells what is left.
 */
export const createObservationSink = (options: ObservationSinkOptions): Sink => {
  const { observing, tell, lanes = 1, laneOf = () => 0, batchMs = 100 } = options
  const filling: readonly Lane[] = Array.from({ length: lanes }, () => ({ text: '', count: 0 }))
  let timer: NodeJS.Timeout | undefined

  const flush = (lane: Lane, at: number): void => {
    const { text, count } = lane
    if (count === 0) return
    lane.text = ''
    lane.count = 0
    tell(batchText(text), count, at)
  }
  const flushAll = (): void => {
    clearTimeout(timer)
    timer = undefined
    for (const [at, lane] of filling.entries()) flush(lane, at)
  }

  return {
    name: 'campaigns',
    accept: (event) => {
      const observation = observing(event)
      if (observation === undefined) return
      const text = observationText(observation)
      const at = laneOf(observation.entity)
      const lane = filling[at]
      if (text === undefined || lane === undefined) return
      lane.text += lane.count === 0 ? text : `,${text}`
      lane.count++
      if (lane.count >= MAX_BATCH || lane.text.length >= FULL_CHARS) flush(lane, at)
      else timer ??= setTimeout(flushAll, batchMs).unref()
    },
    close: () => {
      flushAll()
      return Promise.resolve()
    },
  }
}
