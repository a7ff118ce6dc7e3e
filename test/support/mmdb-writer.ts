import { canonicalAddress } from '../../src/core/ip.ts'

/** What a record may hold; `raw` puts bytes of a test's own making in place of a value. */
export type MmdbTestValue =
  | string
  | number
  | boolean
  | { readonly raw: readonly number[] }
  | readonly MmdbTestValue[]
  | { readonly [key: string]: MmdbTestValue }

/** A database to be written; the rest has ordinary values. */
export type MmdbTestFile = {
  readonly type: string
  readonly networks: readonly (readonly [cidr: string, record: MmdbTestValue])[]
  readonly ipVersion?: 4 | 6
  readonly recordSize?: 24 | 28 | 32
  readonly builtAtS?: number
  /** Metadata to be written in place of the true values. */
  readonly metadata?: { readonly [key: string]: MmdbTestValue }
  /** Changes the nodes before they are written; `data` is the record value of a data offset. */
  readonly tamper?: (nodes: (readonly [number, number])[], data: (offset: number) => number) => void
}

const control = (type: number, size: number): number[] => {
  const bytes: number[] = []
  let bits = size
  if (size >= 65_821) {
    bits = 31
    bytes.push(((size - 65_821) >> 16) & 255, ((size - 65_821) >> 8) & 255, (size - 65_821) & 255)
  } else if (size >= 285) {
    bits = 30
    bytes.push(((size - 285) >> 8) & 255, (size - 285) & 255)
  } else if (size >= 29) {
    bits = 29
    bytes.push(size - 29)
  }
  return type > 7 ? [bits, type - 7, ...bytes] : [(type << 5) | bits, ...bytes]
}

/** A value as the data section holds it, without pointers. */
export const mmdbBytes = (value: MmdbTestValue): number[] => {
  if (typeof value === 'string') {
    const bytes = [...Buffer.from(value)]
    return [...control(2, bytes.length), ...bytes]
  }
  if (typeof value === 'boolean') return control(14, value ? 1 : 0)
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return [...control(6, 4), ...bytes]
    }
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return [...control(3, 8), ...bytes]
  }
  if (Array.isArray(value)) {
    return [
      ...control(11, value.length),
      ...value.flatMap((item: MmdbTestValue) => mmdbBytes(item)),
    ]
  }
  if ('raw' in value && Array.isArray(value.raw)) return value.raw.map(Number)
  const entries = Object.entries(value)
  return [
    ...control(7, entries.length),
    ...entries.flatMap(([k, v]) => [...mmdbBytes(k), ...mmdbBytes(v)]),
  ]
}

/** A pointer of the four-byte form. */
export const mmdbPointer = (offset: number): number[] => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(offset)
  return [0x38, ...bytes]
}

const bitsOf = (cidr: string, ipVersion: 4 | 6): string => {
  const [text = '', length = ''] = cidr.split('/')
  const address = canonicalAddress(text) ?? '0.0.0.0'
  if (!address.includes(':')) {
    const bits = address.split('.').map((part) => Number(part).toString(2).padStart(8, '0'))
    const v4 = bits.join('').slice(0, Number(length))
    return ipVersion === 4 ? v4 : '0'.repeat(96) + v4
  }
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const groups = address.includes('::') ? [...left, ...zeros, ...right] : left
  const bits = groups.map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
  return bits.join('').slice(0, Number(length))
}

/** One node in the making: another node, a data offset, or nothing, on each side. */
type Half = { node: number } | { data: number } | undefined

const treeOf = (networks: readonly (readonly [string, number])[]): [Half, Half][] => {
  const nodes: [Half, Half][] = [[undefined, undefined]]
  for (const [bits, data] of networks) {
    let at = 0
    for (let i = 0; i < bits.length; i++) {
      const side = bits[i] === '1' ? 1 : 0
      const node = nodes[at]
      if (node === undefined) break
      if (i === bits.length - 1) {
        node[side] = { data }
        break
      }
      const next = node[side]
      if (next !== undefined && 'node' in next) {
        at = next.node
        continue
      }
      // A wider network that lies here goes on in both halves of the new node.
      nodes.push([next, next])
      node[side] = { node: nodes.length - 1 }
      at = nodes.length - 1
    }
  }
  return nodes
}

const halvesOf = (recordSize: number, left: number, right: number): Buffer => {
  const bytes = Buffer.alloc(recordSize / 4)
  if (recordSize === 24) {
    bytes.writeUIntBE(left, 0, 3)
    bytes.writeUIntBE(right, 3, 3)
  } else if (recordSize === 28) {
    bytes.writeUIntBE(left % 2 ** 24, 0, 3)
    bytes.writeUInt8((Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24), 3)
    bytes.writeUIntBE(right % 2 ** 24, 4, 3)
  } else {
    bytes.writeUInt32BE(left, 0)
    bytes.writeUInt32BE(right, 4)
  }
  return bytes
}

/**
 * A MaxMind DB file (format 2.0) with the given networks, the more specific one winning; for tests that
 * need a small database, or one that is broken in a certain place.
 */
export const writeMmdb = (file: MmdbTestFile): Buffer => {
  const { ipVersion = 6, recordSize = 24 } = file
  const offsets = new Map<string, number>()
  const data: number[] = []
  const networks = file.networks
    .map(([cidr, record]): [string, number] => {
      const key = JSON.stringify(record)
      const offset = offsets.get(key) ?? data.length
      if (!offsets.has(key)) {
        offsets.set(key, offset)
        for (const byte of mmdbBytes(record)) data.push(byte)
      }
      return [bitsOf(cidr, ipVersion), offset]
    })
    .toSorted((a, b) => a[0].length - b[0].length)
  const halves = treeOf(networks)
  const dataRecord = (offset: number): number => halves.length + 16 + offset
  const recordOf = (half: Half): number => {
    if (half === undefined) return halves.length
    return 'node' in half ? half.node : dataRecord(half.data)
  }
  const nodes = halves.map(([left, right]): [number, number] => [recordOf(left), recordOf(right)])
  file.tamper?.(nodes, dataRecord)
  const metadata = mmdbBytes({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: file.builtAtS ?? 1_776_816_000,
    database_type: file.type,
    description: { en: 'made for a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordSize,
    ...file.metadata,
  })
  return Buffer.concat([
    ...nodes.map(([left, right]) => halvesOf(recordSize, left, right)),
    Buffer.alloc(16),
    Buffer.from(data),
    Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'),
    Buffer.from(metadata),
  ])
}
