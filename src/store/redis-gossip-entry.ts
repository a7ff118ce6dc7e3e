import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** What one process said at once: texts in their order, numbered from 1 by process and topic. */
export type GossipEntry = {
  readonly from: string
  readonly n: number
  readonly texts: readonly string[]
}

/** Turns entries of one stream into fields and back. */
export type EntryForm = {
  fields(entry: GossipEntry): string[]
  /** `undefined` for anything this installation did not write into this stream. */
  parse(fields: readonly unknown[]): GossipEntry | undefined
}

/** Bytes of text in one entry; what is longer is never told. */
export const MAX_ENTRY_BYTES = 256 * 1024
/** Texts in one entry. */
export const MAX_ENTRY_TEXTS = 256

/** Fields before the texts: process, number and seal, each with its name. */
const HEAD = 6
const MAX_FIELDS = HEAD + 2 * MAX_ENTRY_TEXTS
const FROM = /^[A-Za-z0-9_-]{12}$/
const NUMBER = /^[1-9]\d{0,14}$/

/**
 * Fields of a stream entry: `f` process, `n` number, `m` seal, then `t` for each text. The seal is an
 * HMAC-SHA-256 (RFC 2104) under a key derived from the installation's root key (RFC 5869) over stream,
 * process, number and texts: whoever can write to Redis but does not know the secret teaches nobody
 * anything, and a replica with another secret is noticed instead of believed.
 */
export const createEntryForm = (rootKey: Uint8Array, stream: string): EntryForm => {
  const key = new Uint8Array(hkdfSync('sha256', rootKey, '', 'stillwatch gossip', 32))
  const sealOf = ({ from, n, texts }: GossipEntry): string =>
    createHmac('sha256', key)
      .update(JSON.stringify([stream, from, n, texts]))
      .digest('base64url')
  return {
    fields: (entry) => {
      const head = ['f', entry.from, 'n', String(entry.n), 'm', sealOf(entry)]
      return head.concat(entry.texts.flatMap((text) => ['t', text]))
    },
    parse: (fields) => {
      if (fields.length <= HEAD || fields.length > MAX_FIELDS || fields.length % 2 !== 0) return
      const [f, from, n, number, m, seal] = fields
      if (f !== 'f' || n !== 'n' || m !== 'm') return
      if (typeof from !== 'string' || !FROM.test(from)) return
      if (typeof number !== 'string' || !NUMBER.test(number) || typeof seal !== 'string') return
      const texts: string[] = []
      let chars = 0
      for (let i = HEAD; i < fields.length; i += 2) {
        const text = fields[i + 1]
        if (fields[i] !== 't' || typeof text !== 'string') return
        chars += text.length
        if (chars > MAX_ENTRY_BYTES) return
        texts.push(text)
      }
      const entry = { from, n: Number(number), texts }
      const mine = Buffer.from(sealOf(entry))
      const theirs = Buffer.from(seal)
      return mine.length === theirs.length && timingSafeEqual(mine, theirs) ? entry : undefined
    },
  }
}
