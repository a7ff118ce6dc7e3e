import { canonicalAddress } from '../core/ip.ts'

/** Where the search tree of a MaxMind DB file lies and what it may point to. */
export type MmdbTree = {
  readonly nodeCount: number
  /** Bits of one half of a node: 24, 28 or 32. */
  readonly recordSize: number
  /** 32 for a database of IPv4 addresses alone, else 128. */
  readonly depth: number
  /** Bytes of the data section that follows tree and separator. */
  readonly dataBytes: number
}

const SEPARATOR_BYTES = 16
const YIELD_EVERY = 65_536
const SAMPLE_ALL_UP_TO = 4_096
const SAMPLE_ONE_OF = 32
const MAX_SAMPLES = 16_384

const readersOf = (
  bytes: Buffer,
  recordSize: number,
): { left: (node: number) => number; right: (node: number) => number } => {
  switch (recordSize) {
    case 24:
      return {
        left: (node) => bytes.readUIntBE(node * 6, 3),
        right: (node) => bytes.readUIntBE(node * 6 + 3, 3),
      }
    case 28:
      return {
        left: (node) =>
          (bytes.readUInt8(node * 7 + 3) >> 4) * 2 ** 24 + bytes.readUIntBE(node * 7, 3),
        right: (node) => bytes.readUInt32BE(node * 7 + 3) % 2 ** 28,
      }
    case 32:
      return {
        left: (node) => bytes.readUInt32BE(node * 8),
        right: (node) => bytes.readUInt32BE(node * 8 + 4),
      }
    default:
      throw new Error('the records have a size that does not exist')
  }
}

/** What a walk found. */
export type MmdbNetworks = {
  /** Every offset into the data section that a network points to, once. */
  readonly offsets: readonly number[]
  /** An address of some of those networks: of all where they are few, spread over the tree otherwise. */
  readonly samples: readonly string[]
}

/** The lowest address of the network that a path through the tree stands for. */
const addressOf = (side: Uint8Array, level: number, depth: number): string => {
  const bytes = new Uint8Array(depth / 8)
  for (let bit = 0; bit <= level; bit++) {
    // `side` counts the halves already taken, so the half that was followed is one less.
    if (side[bit] === 2) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  }
  const isV4 = depth === 32 || bytes.subarray(0, 12).every((byte) => byte === 0)
  if (isV4) return bytes.subarray(-4).join('.')
  const hex = Buffer.from(bytes).toString('hex')
  return canonicalAddress(hex.replace(/(.{4})(?=.)/g, '$1:')) ?? '::'
}

/**
 * Walks every node that a lookup can reach. Throws an Error where the tree has a loop, is deeper than an
 * address is long, or points outside the data. Yields now and then, so that the caller can let other
 * work run.
 */
export function* walkMmdbTree(bytes: Buffer, tree: MmdbTree): Generator<undefined, MmdbNetworks> {
  const { nodeCount } = tree
  const { left, right } = readersOf(bytes, tree.recordSize)
  const NEW = 0
  const ON_PATH = 1
  const DONE = 2
  const state = new Uint8Array(nodeCount)
  const seen = new Uint8Array((tree.dataBytes >> 3) + 1)
  const offsets: number[] = []
  const samples: string[] = []
  const path = new Uint32Array(tree.depth)
  const side = new Uint8Array(tree.depth)
  state[0] = ON_PATH
  let level = 0
  for (let step = 1; level >= 0; step++) {
    if (step % YIELD_EVERY === 0) yield
    const node = path[level] ?? 0
    const half = side[level] ?? 0
    if (half === 2) {
      state[node] = DONE
      level--
      continue
    }
    side[level] = half + 1
    const record = half === 0 ? left(node) : right(node)
    if (record === nodeCount) continue
    if (record > nodeCount) {
      const offset = record - nodeCount - SEPARATOR_BYTES
      if (offset < 0 || offset >= tree.dataBytes)
        throw new Error('the tree points outside the data')
      const bit = 1 << (offset & 7)
      const byte = seen[offset >> 3] ?? 0
      if ((byte & bit) !== 0) continue
      seen[offset >> 3] = byte | bit
      offsets.push(offset)
      const sampled = offsets.length <= SAMPLE_ALL_UP_TO || offsets.length % SAMPLE_ONE_OF === 0
      if (sampled && samples.length < MAX_SAMPLES) samples.push(addressOf(side, level, tree.depth))
      continue
    }
    if (state[record] === ON_PATH) throw new Error('the tree has a loop')
    // Databases lead several IPv6 ranges of translated IPv4 addresses to one and the same subtree.
    if (state[record] !== NEW) continue
    if (level + 1 >= tree.depth) throw new Error('the tree is deeper than an address is long')
    level++
    path[level] = record
    side[level] = 0
    state[record] = ON_PATH
  }
  return { offsets, samples }
}
