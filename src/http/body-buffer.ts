import { Fault } from '../core/fault.ts'

/** Memory that request bodies may fill in this process, all together. */
export type BodyBudget = {
  /** Bytes taken at the moment. */
  readonly takenBytes: number
  /** False where there is no room for so many more. */
  take(bytes: number): boolean
  give(bytes: number): void
}

/** A budget of `maxBytes`: a flood of callers that hold large bodies back must not fill the memory. */
export const createBodyBudget = (maxBytes: number): BodyBudget => {
  let takenBytes = 0
  return {
    get takenBytes() {
      return takenBytes
    },
    take: (bytes) => {
      if (takenBytes + bytes > maxBytes) return false
      takenBytes += bytes
      return true
    },
    give: (bytes) => {
      takenBytes -= bytes
    },
  }
}

/** A body that is coming in. */
export type BodyBuffer = {
  /** Throws fault `body_too_large`, or `overloaded` where the process has no room for it. */
  push(chunk: Buffer): void
  whole(): Uint8Array
  /** Gives the memory back to the budget; call it once, when the call is over. */
  release(): void
}

const EMPTY = Buffer.alloc(0)
const MIN_BYTES = 16 * 1024

/**
 * Puts a body together in one block that grows by doubling. The block is what counts against the budget,
 * and it is as large as the bytes that came, not as the caller announced; chunks are copied into it, since
 * a list of them costs a hundred times their bytes where a caller sends one byte a chunk. A body that
 * comes in one piece, as almost all do, is taken as it is.
 */
export const createBodyBuffer = (options: {
  readonly maxBytes: number
  readonly budget: BodyBudget
}): BodyBuffer => {
  const { maxBytes, budget } = options
  let block: Buffer = EMPTY
  let sizeBytes = 0
  let takenBytes = 0

  const take = (bytes: number): void => {
    if (!budget.take(bytes)) throw new Fault('overloaded')
    takenBytes += bytes
  }
  const grow = (neededBytes: number): void => {
    let capacity = Math.max(MIN_BYTES, block.length)
    while (capacity < neededBytes) capacity *= 2
    capacity = Math.min(capacity, maxBytes)
    take(capacity - takenBytes)
    const larger = Buffer.allocUnsafe(capacity)
    block.copy(larger, 0, 0, sizeBytes)
    block = larger
  }

  return {
    push: (chunk) => {
      const size = sizeBytes + chunk.length
      if (size > maxBytes) throw new Fault('body_too_large')
      if (sizeBytes === 0) {
        take(chunk.length)
        block = chunk
      } else {
        // The first chunk is Node's own memory and always full, so what follows moves to a block of ours.
        if (size > block.length) grow(size)
        chunk.copy(block, sizeBytes)
      }
      sizeBytes = size
    },
    whole: () => block.subarray(0, sizeBytes),
    release: () => {
      budget.give(takenBytes)
      takenBytes = 0
    },
  }
}
