import { TASKS_PER_EDGE, type StrongEdge } from './strong-edge.ts'

const VERSION = 0x5345_0001

/** Edges as bytes: a version, a count, then for each edge five numbers and its tasks with their times. */
export const edgesToBytes = (edges: Iterable<StrongEdge>): Uint8Array => {
  const words: number[] = [VERSION, 0]
  let count = 0
  for (const { a, b, handedOver, handedOverAtMs, tasks } of edges) {
    words.push(a, b, handedOver, handedOverAtMs, tasks.size)
    for (const [task, atMs] of tasks) words.push(task, atMs)
    count++
  }
  words[1] = count
  return new Uint8Array(Float64Array.from(words).buffer)
}

const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isSafeInteger(value) && value >= 0

/** Edges out of bytes; `undefined` for anything that {@link edgesToBytes} does not write. */
export const edgesFromBytes = (bytes: Uint8Array): readonly StrongEdge[] | undefined => {
  if (bytes.byteLength % 8 !== 0) return undefined
  // Copied, because a view on foreign bytes may not start at a multiple of eight.
  const words = new Float64Array(bytes.slice().buffer)
  const count = words[1]
  if (words[0] !== VERSION || !isCount(count)) return undefined
  const edges: StrongEdge[] = []
  let at = 2
  for (let i = 0; i < count; i++) {
    const [a, b, handedOver, handedOverAtMs, size] = words.subarray(at, at + 5)
    at += 5
    if (!isCount(a) || !isCount(b) || a >= b || !isCount(size) || size > TASKS_PER_EDGE)
      return undefined
    if (handedOver === undefined || !(handedOver >= 0 && handedOver < 1e9)) return undefined
    if (handedOverAtMs === undefined || !(handedOverAtMs >= 0)) return undefined
    const tasks = new Map<number, number>()
    for (let j = 0; j < size; j++, at += 2) {
      const [task, atMs] = words.subarray(at, at + 2)
      if (!isCount(task) || atMs === undefined || !(atMs >= 0)) return undefined
      tasks.set(task, atMs)
    }
    edges.push({ a, b, handedOver, handedOverAtMs, tasks })
  }
  return at === words.length ? edges : undefined
}
