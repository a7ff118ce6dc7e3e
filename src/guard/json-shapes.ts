import { randomInt } from 'node:crypto'

/** Counts the different ways in which the objects of a text are built. */
export type ShapeCount = {
  /** An object or array begins at this depth. */
  enter(depth: number): void
  /** A key, from `start` to `end` of the text, at this depth; the count so far. */
  add(depth: number, text: string, start: number, end: number): number
}

const SLOTS = 1 << 18
const PRIME = 16_777_619

/** Drawn by each process, so that nobody can choose keys that fall together. */
const SEED = randomInt(2 ** 31)

/**
 * Counts distinct key sequences, each object counted key by key as an engine builds it: `{a,b}` and `{a,c}`
 * are three. Sequences are hashed (FNV-1a, seeded) into a quarter of a million slots; what falls together
 * is counted once, so the count errs low, by under a tenth at 20,000.
 */
export const createShapeCount = (): ShapeCount => {
  const seen = new Uint8Array(SLOTS)
  /** Hash of the keys so far of the object that is open at each depth. */
  const sequence: number[] = []
  let count = 0
  return {
    enter(depth) {
      sequence[depth] = SEED
    },
    add(depth, text, start, end) {
      let hash = sequence[depth] ?? SEED
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME)
      hash = Math.imul(hash ^ 0x1ffff, PRIME)
      sequence[depth] = hash
      const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
      if (seen[slot] === 0) {
        seen[slot] = 1
        count++
      }
      return count
    },
  }
}
