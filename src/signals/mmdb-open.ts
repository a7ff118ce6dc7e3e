import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { Reader, type Response } from 'maxmind'
import { walkMmdbTree } from './mmdb-tree.ts'
import { createMmdbValueCheck } from './mmdb-value.ts'

/** What a database is wanted for, and how to read one record of it. */
export type MmdbUse<T extends object> = {
  /** In messages: `a country database`. */
  readonly name: string
  /** Types of databases (`database_type`) that fit. */
  readonly types: RegExp
  /** What a record says; `undefined` if nothing of use. Throws where it says it in a wrong type. */
  readonly derive: (record: unknown) => T | undefined
}

/** A database that passed every check. */
export type MmdbDatabase<T extends object> = {
  readonly databaseType: string
  /** When it was built, in milliseconds since the epoch. */
  readonly builtAtMs: number
  /**
   * What it says about a canonical address, `undefined` where it says nothing. An IPv6 address asked of a
   * database of IPv4 addresses is one it says nothing about.
   */
  lookup(address: string): T | undefined
}

const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
const METADATA_MAX_BYTES = 128 * 1024
const SEPARATOR_BYTES = 16
const CACHED_RECORDS = 4096
const YIELD_EVERY = 128
const SLICE_MS = 4
const FIRST_YEAR_MS = Date.UTC(2000, 0)
const LAST_YEAR_MS = Date.UTC(2200, 0)

/** Nobody has these; a database that knows most of them answers the same for everything. */
const UNROUTED =
  '0.0.0.1 127.0.0.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.254 fe80::1 ff02::1 ff0e::101'.split(
    ' ',
  )

type Parts = {
  readonly reader: Reader<Response>
  readonly databaseType: string
  readonly builtAtMs: number
  readonly dataStart: number
  readonly dataEnd: number
}

/** Opens the file with the library once nothing in the metadata can hurt it. */
const openParts = (
  bytes: Buffer,
  use: { readonly name: string; readonly types: RegExp },
): Parts => {
  const marker = bytes.lastIndexOf(MARKER)
  if (marker === -1 || bytes.length - marker > METADATA_MAX_BYTES) {
    throw new Error('it is no MaxMind DB file, or its end is missing')
  }
  const metadataStart = marker + MARKER.length
  if ((bytes[metadataStart] ?? 0) >> 5 !== 7) throw new Error('its metadata is no map')
  createMmdbValueCheck(bytes, { start: metadataStart, end: bytes.length })(metadataStart)

  const reader = new Reader<Response>(bytes, { cache: new LRUCache({ max: CACHED_RECORDS }) })
  // The library copies the metadata without looking; the types it promises are wishes.
  const metadata: { readonly [field in keyof typeof reader.metadata]: unknown } = reader.metadata
  const { nodeCount, recordSize, ipVersion, databaseType, binaryFormatMajorVersion } = metadata
  if (binaryFormatMajorVersion !== 2) throw new Error('its format is not version 2')
  if (ipVersion !== 4 && ipVersion !== 6) throw new Error('its IP version is neither 4 nor 6')
  if (typeof nodeCount !== 'number' || nodeCount < 1) throw new Error('it holds no networks')
  if (typeof databaseType !== 'string' || !/^[\x20-\x7e]{1,128}$/.test(databaseType)) {
    throw new Error('it does not name its type')
  }
  if (!use.types.test(databaseType)) throw new Error(`its type is ${JSON.stringify(databaseType)}`)
  const builtAtMs = reader.metadata.buildEpoch.getTime()
  if (!(builtAtMs >= FIRST_YEAR_MS && builtAtMs < LAST_YEAR_MS)) {
    throw new Error('its build date makes no sense')
  }
  const treeBytes = (nodeCount * Number(recordSize)) / 4
  const dataStart = treeBytes + SEPARATOR_BYTES
  if (dataStart > marker) throw new Error('it counts more nodes than it holds')
  if (bytes.subarray(treeBytes, dataStart).some((byte) => byte !== 0)) {
    throw new Error('its tree does not end where its metadata says')
  }
  return { reader, databaseType, builtAtMs, dataStart, dataEnd: marker }
}

/** Reads a database that is known to be sound. */
const lookupOf = <T extends object>(
  reader: Reader<Response>,
  use: MmdbUse<T>,
): MmdbDatabase<T>['lookup'] => {
  const hasV6 = reader.metadata.ipVersion === 6
  return (address) => {
    // ::/32 holds no address that a caller can have, and these files keep their IPv4 networks there.
    if (address.includes(':') && (!hasV6 || address.startsWith('::'))) return undefined
    const record: unknown = reader.get(address)
    return typeof record === 'object' && record !== null ? use.derive(record) : undefined
  }
}

/** Every node, every record, and a sample of addresses read as the path will read them. */
function* inspect<T extends object>(
  bytes: Buffer,
  use: MmdbUse<T>,
): Generator<undefined, MmdbDatabase<T>> {
  const { reader, databaseType, builtAtMs, dataStart, dataEnd } = openParts(bytes, use)
  const { nodeCount, recordSize, ipVersion } = reader.metadata
  const networks = yield* walkMmdbTree(bytes, {
    nodeCount,
    recordSize,
    depth: ipVersion === 4 ? 32 : 128,
    dataBytes: dataEnd - dataStart,
  })
  const check = createMmdbValueCheck(bytes, { start: dataStart, end: dataEnd })
  for (const [i, offset] of networks.offsets.entries()) {
    if (i % YIELD_EVERY === 0) yield
    check(dataStart + offset)
  }
  const lookup = lookupOf(reader, use)
  let useful = 0
  for (const [i, address] of networks.samples.entries()) {
    if (i % YIELD_EVERY === 0) yield
    if (lookup(address) !== undefined) useful++
  }
  if (useful === 0) throw new Error('no record says what is wanted of it')
  if (UNROUTED.filter((address) => lookup(address) !== undefined).length > UNROUTED.length / 3) {
    throw new Error('it answers for addresses that nobody can have')
  }
  return { databaseType, builtAtMs, lookup }
}

/**
 * Checks a MaxMind DB file whole and opens it. After that no lookup can throw for want of bytes, loop, or
 * take long: every node and every record was walked with bounds before the library may decode one. What
 * cannot be seen is a value that is wrong but well formed; the format has no checksum. Works in slices of
 * 4 ms, so that calls go on while a large file is checked. Never rejects.
 */
export const openMmdb = async <T extends object>(
  bytes: Buffer,
  use: MmdbUse<T>,
  options: { /** Work allowed for all checks together. */ readonly capMs?: number } = {},
): Promise<
  | { readonly ok: true; readonly database: MmdbDatabase<T> }
  | { readonly ok: false; readonly flaw: string }
> => {
  const capMs = options.capMs ?? 20_000
  let workedMs = 0
  let sliceFromMs = performance.now()
  try {
    const steps = inspect(bytes, use)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return { ok: true, database: step.value }
      const sliceMs = performance.now() - sliceFromMs
      if (sliceMs < SLICE_MS) continue
      workedMs += sliceMs
      if (workedMs > capMs) throw new Error('checking it takes too long')
      await setImmediate()
      sliceFromMs = performance.now()
    }
  } catch (error) {
    return { ok: false, flaw: error instanceof Error ? error.message : 'it cannot be read' }
  }
}
