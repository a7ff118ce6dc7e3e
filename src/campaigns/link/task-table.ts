/** Bands of a task, one word each. */
export const TASK_BANDS = 8

/** Others that are remembered of one task, the latest. */
export const TASK_RING = 12

/** Equal bands that make two tasks one. */
const BANDS_ALIKE = 5
/** Any four bands hold one of any five equal ones of eight, so only four are looked up. */
const INDEXED_BANDS = 4
/** Equal bands that make one task a variant of another: a Jaccard similarity of some 0.8. */
const BANDS_RELATED = 3
/** Rows looked at in one band; beyond it the band is one that everything has. */
const LOOKED_AT_MOST = 48

const LIVE_MS = 14 * 86_400_000
const HEAD_WORDS = 5
/** Bands, entity plus one, hours since 1970, number, flags, family. */
const ROW_WORDS = TASK_BANDS + 5
const ENTITY = TASK_BANDS
const SEEN_H = TASK_BANDS + 1
const NUMBER = TASK_BANDS + 2
const FLAGS = TASK_BANDS + 3
const FAMILY = TASK_BANDS + 4
const PUBLIC = 1
/** The entity of the row is a proven one, and none that others are told of. */
const VOUCHED = 2
/** Proven entities that make a task public: the word of fewer may be that of a friend. */
const VOUCHERS = 3
const VERSION = 0x5441_0003
const FOR_EVER_H = 0xffff_ffff

/** Tasks by their bands. Rows are numbers that hold until the next `add`. */
export interface TaskTable {
  readonly size: number
  readonly bytes: number
  find(bands: Uint32Array): number | undefined
  /** Adds a task that {@link TaskTable.find} does not know; the largest time keeps it for ever. */
  add(bands: Uint32Array, entity: number | undefined, atMs: number): number
  /** Notes that `entity` asks it. Gives the others that did within 14 days; none for a public one. */
  ask(row: number, entity: number, atMs: number): readonly number[]
  /** Notes that a proven entity asks it. Says whether it is the third of its family, which makes that public. */
  vouch(row: number, entity: number, atMs: number): boolean
  /** Makes it and its variants public. */
  publish(row: number): void
  /** Number of the task that it is a variant of, or its own. */
  familyOf(row: number): number
  /** Forgets that these entities asked anything; looks at the whole table. */
  drop(entities: ReadonlySet<number>): void
  save(): Uint8Array
}

const hoursOf = (atMs: number): number => Math.min(FOR_EVER_H, Math.floor(atMs / 3_600_000))

/**
 * Rows in one typed array that doubles up to `maxTasks`; an open-addressing index of four bands a row, with
 * linear probing. A full table drops what is older than 14 days, then the older half. Entities that ask a
 * task besides its first are kept apart, since few tasks have any; so are the proven ones of a family, but
 * for one that was the first to ask. Once three proven ones asked, all variants are public.
 */
export const createTaskTable = (options: {
  readonly maxTasks: number
  readonly saved?: Uint8Array | undefined
}): TaskTable => {
  const { maxTasks } = options
  let capacity = Math.min(1_024, maxTasks)
  let rows = new Uint32Array(capacity * ROW_WORDS)
  let index = new Uint32Array(0)
  let size = 0
  let nextNumber = 1
  /** By number of the task: entity to the hour it last asked, latest last. */
  let rings = new Map<number, Map<number, number>>()
  /** Proven entities by family, at most two; more make it public. */
  let vouchers = new Map<number, readonly number[]>()
  let publicFamilies = new Set<number>()

  const word = (row: number, at: number): number => rows[row * ROW_WORDS + at] ?? 0
  const homeOf = (band: number): number => (Math.imul(band, 0x9e37_79b1) >>> 0) % index.length

  const enter = (row: number): void => {
    for (let band = 0; band < INDEXED_BANDS; band++) {
      let place = homeOf(word(row, band))
      for (let steps = 0; index[place] !== 0; steps++) {
        // A band that very many rows have is no way to find any of them.
        if (steps === LOOKED_AT_MOST * 4) break
        place = place + 1 === index.length ? 0 : place + 1
      }
      if (index[place] === 0) index[place] = row + 1
    }
  }
  const reindex = (): void => {
    index = new Uint32Array(Math.ceil(capacity * INDEXED_BANDS * 1.5) + 1)
    for (let row = 0; row < size; row++) enter(row)
  }
  const grow = (to: number): void => {
    const larger = new Uint32Array(to * ROW_WORDS)
    larger.set(rows.subarray(0, size * ROW_WORDS))
    rows = larger
    capacity = to
  }
  const keepRows = (keep: (seenH: number) => boolean): void => {
    let to = 0
    const ringsKept = new Map<number, Map<number, number>>()
    const families = new Set<number>()
    for (let row = 0; row < size; row++) {
      if (!keep(word(row, SEEN_H))) continue
      const ring = rings.get(word(row, NUMBER))
      const family = word(row, FAMILY)
      families.add(family)
      if (ring !== undefined && !publicFamilies.has(family)) ringsKept.set(word(row, NUMBER), ring)
      rows.copyWithin(to * ROW_WORDS, row * ROW_WORDS, (row + 1) * ROW_WORDS)
      to++
    }
    size = to
    rings = ringsKept
    vouchers = new Map([...vouchers].filter(([family]) => families.has(family)))
    publicFamilies = new Set([...publicFamilies].filter((family) => families.has(family)))
  }
  const makeRoom = (nowH: number): void => {
    keepRows((seenH) => seenH >= nowH - LIVE_MS / 3_600_000)
    if (size > capacity / 2 && capacity < maxTasks) grow(Math.min(maxTasks, capacity * 2))
    else if (size > capacity / 2) {
      const seen = Uint32Array.from({ length: size }, (_, row) => word(row, SEEN_H)).toSorted()
      const cutH = seen[size >> 1] ?? 0
      keepRows((seenH) => seenH > cutH || seenH === FOR_EVER_H)
      if (size === capacity) keepRows(() => false)
    }
    reindex()
  }
  const isAlike = (row: number, bands: Uint32Array, least: number): boolean => {
    let equal = 0
    for (let band = 0; band < TASK_BANDS; band++) if (word(row, band) === bands[band]) equal++
    return equal >= least
  }
  const find = (bands: Uint32Array, least: number): number | undefined => {
    for (let band = 0; band < INDEXED_BANDS; band++) {
      let place = homeOf(bands[band] ?? 0)
      let looked = 0
      for (let steps = 0; steps < LOOKED_AT_MOST * 4; steps++) {
        const entry = index[place] ?? 0
        if (entry === 0) break
        if (word(entry - 1, band) === bands[band]) {
          if (isAlike(entry - 1, bands, least)) return entry - 1
          if (++looked === LOOKED_AT_MOST) break
        }
        place = place + 1 === index.length ? 0 : place + 1
      }
    }
    return undefined
  }
  const see = (row: number, nowH: number): void => {
    const seenH = word(row, SEEN_H)
    if (seenH !== FOR_EVER_H) rows[row * ROW_WORDS + SEEN_H] = Math.max(seenH, nowH)
  }
  const isPublic = (row: number): boolean => publicFamilies.has(word(row, FAMILY))
  const publish = (row: number): void => {
    const family = word(row, FAMILY)
    publicFamilies.add(family)
    vouchers.delete(family)
    rings.delete(word(row, NUMBER))
    rings.delete(family)
  }
  /** Takes the proven entity out of the row, to where those of its family are. */
  const moveVoucher = (row: number): void => {
    if ((word(row, FLAGS) & VOUCHED) === 0) return
    const entity = word(row, ENTITY) - 1
    const of = vouchers.get(word(row, FAMILY)) ?? []
    if (!isPublic(row) && !of.includes(entity)) vouchers.set(word(row, FAMILY), [...of, entity])
    rows[row * ROW_WORDS + ENTITY] = 0
    rows[row * ROW_WORDS + FLAGS] = 0
  }
  const isLive = (seenH: number, nowH: number): boolean => nowH - seenH <= LIVE_MS / 3_600_000

  const restore = (saved: Uint8Array): void => {
    if (saved.byteLength % 4 !== 0) return
    // Copied, because a view on foreign bytes may not start at a multiple of four.
    const words = new Uint32Array(saved.slice().buffer)
    const [version, count = 0, number = 0, ringed = 0, vouched = 0] = words
    const ringsAt = HEAD_WORDS + count * ROW_WORDS
    const vouchersAt = ringsAt + ringed * 3
    if (version !== VERSION || words.length !== vouchersAt + vouched * 2 || count > maxTasks) return
    grow(Math.max(capacity, count))
    rows.set(words.subarray(HEAD_WORDS, ringsAt))
    size = count
    nextNumber = number
    for (let row = 0; row < size; row++)
      if ((word(row, FLAGS) & PUBLIC) !== 0) publicFamilies.add(word(row, FAMILY))
    for (let at = vouchersAt; at < words.length; at += 2) {
      const [family = 0, entity = 0] = words.subarray(at, at + 2)
      vouchers.set(family, [...(vouchers.get(family) ?? []), entity].slice(0, VOUCHERS - 1))
    }
    for (let at = ringsAt; at < vouchersAt; at += 3) {
      const [task = 0, entity = 0, seenH = 0] = words.subarray(at, at + 3)
      const ring = rings.get(task) ?? new Map<number, number>()
      ring.set(entity, seenH)
      rings.set(task, ring)
    }
  }
  if (options.saved !== undefined) restore(options.saved)
  reindex()

  return {
    get size() {
      return size
    },
    get bytes() {
      return rows.byteLength + index.byteLength
    },
    find: (bands) => find(bands, BANDS_ALIKE),
    add: (bands, entity, atMs) => {
      if (size === capacity) makeRoom(hoursOf(atMs))
      const relative = find(bands, BANDS_RELATED)
      const family = relative === undefined ? nextNumber : word(relative, FAMILY)
      const row = size++
      const base = row * ROW_WORDS
      rows.set(bands, base)
      if (relative !== undefined) moveVoucher(relative)
      rows[base + ENTITY] = entity === undefined ? 0 : entity + 1
      rows[base + SEEN_H] = hoursOf(atMs)
      rows[base + NUMBER] = nextNumber
      rows[base + FLAGS] = 0
      rows[base + FAMILY] = family
      nextNumber = nextNumber === 0xffff_ffff ? 1 : nextNumber + 1
      enter(row)
      return row
    },
    ask: (row, entity, atMs) => {
      const nowH = hoursOf(atMs)
      const seenH = word(row, SEEN_H)
      see(row, nowH)
      if (isPublic(row)) return []
      moveVoucher(row)
      const first = word(row, ENTITY) - 1
      const number = word(row, NUMBER)
      const ring = rings.get(number) ?? new Map<number, number>(first < 0 ? [] : [[first, seenH]])
      if (first < 0) rows[row * ROW_WORDS + ENTITY] = entity + 1
      const others = [...ring].flatMap(([other, atH]) =>
        other !== entity && isLive(atH, nowH) ? [other] : [],
      )
      ring.delete(entity)
      ring.set(entity, nowH)
      if (ring.size > 1) rings.set(number, ring)
      for (const oldest of ring.keys()) {
        if (ring.size <= TASK_RING) break
        ring.delete(oldest)
      }
      return others
    },
    vouch: (row, entity, atMs) => {
      see(row, hoursOf(atMs))
      if (isPublic(row)) return false
      const family = word(row, FAMILY)
      const of = vouchers.get(family)
      // The task of one proven entity is the usual case, and needs no place of its own.
      if (of === undefined && word(row, ENTITY) === 0 && family === word(row, NUMBER)) {
        rows[row * ROW_WORDS + ENTITY] = entity + 1
        rows[row * ROW_WORDS + FLAGS] = VOUCHED
        return false
      }
      if ((word(row, FLAGS) & VOUCHED) !== 0 && word(row, ENTITY) === entity + 1) return false
      moveVoucher(row)
      const now = new Set([...(vouchers.get(family) ?? []), entity])
      if (now.size < VOUCHERS) vouchers.set(family, [...now])
      else publish(row)
      return now.size >= VOUCHERS
    },
    publish,
    familyOf: (row) => word(row, FAMILY),
    drop: (entities) => {
      for (let row = 0; row < size; row++) {
        if (!entities.has(word(row, ENTITY) - 1)) continue
        rows[row * ROW_WORDS + ENTITY] = 0
        rows[row * ROW_WORDS + FLAGS] = 0
      }
      for (const [family, of] of vouchers) {
        const left = of.filter((entity) => !entities.has(entity))
        if (left.length === 0) vouchers.delete(family)
        else if (left.length < of.length) vouchers.set(family, left)
      }
      for (const ring of rings.values()) {
        for (const entity of ring.keys()) if (entities.has(entity)) ring.delete(entity)
      }
    },
    save: () => {
      const ringed = [...rings].flatMap(([number, ring]) =>
        [...ring].flatMap(([entity, seenH]) => [number, entity, seenH]),
      )
      const vouched = [...vouchers].flatMap(([family, of]) => of.flatMap((one) => [family, one]))
      const ringsAt = HEAD_WORDS + size * ROW_WORDS
      const words = new Uint32Array(ringsAt + ringed.length + vouched.length)
      words.set([VERSION, size, nextNumber, ringed.length / 3, vouched.length / 2])
      words.set(rows.subarray(0, size * ROW_WORDS), HEAD_WORDS)
      for (let row = 0; row < size; row++)
        if (isPublic(row)) words[HEAD_WORDS + row * ROW_WORDS + FLAGS] = PUBLIC
      words.set(ringed, ringsAt)
      words.set(vouched, ringsAt + ringed.length)
      return new Uint8Array(words.buffer)
    },
  }
}
