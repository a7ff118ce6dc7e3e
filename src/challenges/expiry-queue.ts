/** Names by when they run out, the soonest first. */
export interface ExpiryQueue {
  push(name: string, expiresMs: number): void
  /** The soonest, which stays. */
  peek(): { readonly name: string; readonly expiresMs: number } | undefined
  pop(): void
  readonly size: number
}

type Entry = { readonly name: string; readonly expiresMs: number }

/** A binary heap (Williams, 1964) in an array. The same name may stand in it more than once. */
export const createExpiryQueue = (): ExpiryQueue => {
  const heap: Entry[] = []
  const isBefore = (one: number, other: number): boolean =>
    (heap[one]?.expiresMs ?? Infinity) < (heap[other]?.expiresMs ?? Infinity)
  const swap = (one: number, other: number): void => {
    const [a, b] = [heap[one], heap[other]]
    if (a === undefined || b === undefined) return
    heap[one] = b
    heap[other] = a
  }
  return {
    get size() {
      return heap.length
    },
    peek: () => heap[0],
    push: (name, expiresMs) => {
      heap.push({ name, expiresMs })
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1
        if (!isBefore(at, parent)) return
        swap(at, parent)
        at = parent
      }
    },
    pop: () => {
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return
      heap[0] = last
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        const least = isBefore(right, left) ? right : left
        if (!isBefore(least, at)) return
        swap(least, at)
        at = least
      }
    },
  }
}
