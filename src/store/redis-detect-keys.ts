const VERSION = 1

/** Parts of what a fleet observes; an entity always belongs to the same. */
export const PARTITIONS = 8
/** Parts of the marks of a fleet, so that no request about them is large. */
export const MARK_SHARDS = 16

/** Names of the keys that finding campaigns in a fleet is done with. */
export type DetectKeys = {
  /** Streams of what is observed, by partition; in a cluster they lie apart. */
  observations(partition: number): string
  /** Who detects. All further keys lie in its slot. */
  readonly lease: string
  /** Counts who ever did. */
  readonly fence: string
  /** What the last saved state consists of. */
  readonly head: string
  /** The head of a state that could not be used. */
  readonly aside: string
  chunk(generation: string, index: number): string
  marks(shard: number): string
  /** What the detector says of campaigns. */
  readonly said: string
  /** What operators say to it. */
  readonly labels: string
  answer(id: string): string
}

/** `<prefix>:1:<namespace>:{detect}:…`. */
export const createDetectKeys = (prefix: string, namespace: string): DetectKeys => {
  const start = `${prefix}:${VERSION}:${namespace}:`
  const base = `${start}{detect}:`
  return {
    observations: (partition) => `${start}{observed-${partition}}:observations`,
    lease: `${base}lease`,
    fence: `${base}fence`,
    head: `${base}head`,
    aside: `${base}aside`,
    chunk: (generation, index) => `${base}state:${generation}:${index}`,
    marks: (shard) => `${base}marks:${shard}`,
    said: `${base}said`,
    labels: `${base}labels`,
    answer: (id) => `${base}answer:${id}`,
  }
}

/** Which of `count` parts an entity belongs to (FNV-1a, 32 bits). */
export const partOf = (entity: string, count: number): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < entity.length; at++) {
    hash = Math.imul(hash ^ entity.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % count
}
