import type { Channel } from './channel.ts'

const TOPIC = 'observations'
const MAX_COUNT = 1_000

/**
 * What a worker observed goes to its primary, which runs the detector; the other workers need none of it.
 * What the primary does not keep up with is dropped.
 */
export const tellObservations =
  (channel: Channel, onDrop: (observations: number) => void) =>
  (text: string, count: number): void => {
    if (!channel.tell(TOPIC, [text, count])) onDrop(count)
  }

/** Takes what a worker observed: batches as text, nothing of which is checked yet, and their sizes. */
export const takeObservations = (
  channel: Channel,
  take: (text: string, count: number) => void,
): void => {
  channel.hear(TOPIC, (body) => {
    const [text, count] = Array.isArray(body) ? (body as readonly unknown[]) : []
    if (typeof text !== 'string' || typeof count !== 'number') throw new TypeError('no batch')
    if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) throw new TypeError('no batch')
    take(text, count)
  })
}
