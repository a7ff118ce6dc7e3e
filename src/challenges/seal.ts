import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomFillSync,
  type KeyObject,
} from 'node:crypto'

/** Seals texts for one purpose, so that callers can carry them without reading or changing them. */
export interface Seal {
  /** A token of letters, digits, `-` and `_`. */
  seal(text: string): string
  /**
   * The text again; `undefined` for anything that was not sealed here for this purpose, and for every other
   * spelling of a token. Never throws, and looks at nothing that is too long.
   */
  open(token: string): string | undefined
}

/** Keys of everything around challenges, by purpose. Purposes never open each other's. */
export interface Seals {
  of(purpose: string): Seal
  /** Hex of a key of 256 bits under the newest secret, for libraries that want one. */
  secret(purpose: string): string
  /** The same under each secret, the newest first; never empty. */
  secretsOf(purpose: string): readonly string[]
}

/** Where the keys come from. */
export type SealOptions = {
  /** Root key of the installation: what keys derive from where there are no secrets; it always opens. */
  readonly rootKey: Uint8Array
  /** The first seals, all of them open. */
  readonly secrets?: readonly string[] | undefined
}

const ALGORITHM = 'aes-256-gcm'
const KEY_ID_BYTES = 4
const IV_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = KEY_ID_BYTES + IV_BYTES
/** Fits a path of 2,048 characters; no token of ours comes near. */
const MAX_TOKEN_CHARS = 2_000
/** Random bytes are fetched in batches: one call costs as much as a seal. */
const POOL_BYTES = IV_BYTES * 256

type Key = { readonly id: Buffer; readonly key: KeyObject }

/**
 * AES-256-GCM (NIST SP 800-38D) under keys derived from a secret and a purpose (HKDF, RFC 5869), with a
 * random 96-bit IV and the purpose as associated data. A token is base64url of: 4 bytes that name the key,
 * IV, ciphertext, tag.
 */
export const createSeals = ({ rootKey, secrets = [] }: SealOptions): Seals => {
  const sources: readonly Uint8Array[] =
    // What was sealed before there were secrets opens too.
    [...secrets.map((secret) => Buffer.from(secret, 'utf8')), rootKey]
  const derive = (source: Uint8Array, info: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', source, '', `stillwatch challenges ${info}`, bytes))

  const pool = Buffer.alloc(POOL_BYTES)
  let poolAt = POOL_BYTES
  const copyRandomIv = (to: Buffer, at: number): void => {
    if (poolAt === POOL_BYTES) {
      randomFillSync(pool)
      poolAt = 0
    }
    pool.copy(to, at, poolAt, poolAt + IV_BYTES)
    poolAt += IV_BYTES
  }

  const sealOf = (purpose: string): Seal => {
    const keys = sources.map((source): Key => ({
      id: derive(source, `key id of ${purpose}`, KEY_ID_BYTES),
      key: createSecretKey(derive(source, `seal ${purpose}`, 32)),
    }))
    const associated = Buffer.from(purpose, 'utf8')
    const newest = keys[0]
    if (newest === undefined) throw new Error('there is no secret to seal with')

    const openWith = (key: KeyObject, bytes: Buffer): string | undefined => {
      try {
        const decipher = createDecipheriv(
          ALGORITHM,
          key,
          bytes.subarray(KEY_ID_BYTES, HEAD_BYTES),
          { authTagLength: TAG_BYTES },
        )
        decipher.setAAD(associated)
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
        const text = decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES), undefined, 'utf8')
        return text + decipher.final('utf8')
      } catch {
        // The tag is wrong: somebody else's, or changed.
        return undefined
      }
    }

    return {
      seal: (text) => {
        const plain = Buffer.from(text, 'utf8')
        const token = Buffer.allocUnsafe(HEAD_BYTES + plain.length + TAG_BYTES)
        newest.id.copy(token)
        copyRandomIv(token, KEY_ID_BYTES)
        const iv = token.subarray(KEY_ID_BYTES, HEAD_BYTES)
        const cipher = createCipheriv(ALGORITHM, newest.key, iv, { authTagLength: TAG_BYTES })
        cipher.setAAD(associated)
        cipher.update(plain).copy(token, HEAD_BYTES)
        cipher.final()
        cipher.getAuthTag().copy(token, HEAD_BYTES + plain.length)
        return token.toString('base64url')
      },
      open: (token) => {
        if (token.length > MAX_TOKEN_CHARS) return undefined
        const bytes = Buffer.from(token, 'base64url')
        if (bytes.length < HEAD_BYTES + TAG_BYTES) return undefined
        // Node reads several spellings of the same bytes; one of them is ours.
        if (bytes.toString('base64url') !== token) return undefined
        for (const { id, key } of keys) {
          if (id.compare(bytes, 0, KEY_ID_BYTES) !== 0) continue
          const text = openWith(key, bytes)
          if (text !== undefined) return text
        }
        return undefined
      },
    }
  }
  const secretsOf = (purpose: string): readonly string[] =>
    sources.map((source) => derive(source, `secret ${purpose}`, 32).toString('hex'))
  const secret = (purpose: string): string => {
    const [newest] = secretsOf(purpose)
    if (newest === undefined) throw new Error('there is no secret to derive from')
    return newest
  }

  return { of: sealOf, secretsOf, secret }
}
