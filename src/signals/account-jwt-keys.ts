import { importJWK, type CryptoKey, type JWK } from 'jose'
import { z } from 'zod'

/** Algorithms a token may be signed with. `none` is not among them. */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const

/** One of {@link JWT_ALGORITHMS}. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number]

/** Public keys of an issuer, by the exact `kid` and algorithm of a token. Immutable. */
export interface KeySet {
  readonly size: number
  /** `kid` is `undefined` for a token that names none; it then finds only a key that has none. */
  find(kid: string | undefined, alg: string): CryptoKey | Uint8Array | undefined
}

const MAX_KEYS = 100
const MIN_SECRET_BYTES = { HS256: 32, HS384: 48, HS512: 64 } as const

const JWK_SHAPE = z.looseObject({
  kty: z.enum(['RSA', 'EC', 'OKP', 'oct']),
  kid: z.string().min(1).max(256).optional(),
  alg: z.string().optional(),
  use: z.literal('sig').optional(),
  key_ops: z.array(z.string()).optional(),
  crv: z.string().optional(),
})
const SET_SHAPE = z.looseObject({ keys: z.array(z.unknown()).max(MAX_KEYS) })

type Jwk = z.output<typeof JWK_SHAPE>

const FAMILIES = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
  oct: ['HS256', 'HS384', 'HS512'],
} as const satisfies { readonly [kind: string]: readonly JwtAlgorithm[] }

const fits = (jwk: Jwk, alg: JwtAlgorithm): boolean => {
  if (jwk.alg !== undefined && jwk.alg !== alg) return false
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify')) return false
  const kind = jwk.kty === 'RSA' || jwk.kty === 'oct' ? jwk.kty : `${jwk.kty} ${jwk.crv ?? ''}`
  return Object.entries(FAMILIES).some(
    ([name, algs]) => name === kind && algs.some((one) => one === alg),
  )
}

const strongEnough = (key: CryptoKey | Uint8Array, alg: JwtAlgorithm): boolean => {
  if (!(key instanceof Uint8Array)) {
    const { algorithm } = key
    // RFC 7518 section 3.3 asks for 2048 bits.
    const short = 'modulusLength' in algorithm && Number(algorithm.modulusLength) < 2048
    return key.type === 'public' && !short
  }
  return alg === 'HS256' || alg === 'HS384' || alg === 'HS512'
    ? key.length >= MIN_SECRET_BYTES[alg]
    : false
}

/**
 * Reads a JSON Web Key Set (RFC 7517) for a fixed list of algorithms. Keys for other uses, with a
 * private half, or too weak are left out. `undefined` where it is no key set, holds no usable key, or
 * two keys answer to one name.
 */
export const readKeySet = async (
  json: unknown,
  algorithms: readonly JwtAlgorithm[],
): Promise<KeySet | undefined> => {
  const set = SET_SHAPE.safeParse(json)
  if (!set.success) return undefined
  const keys = new Map<string, CryptoKey | Uint8Array>()
  for (const entry of set.data.keys) {
    const jwk = JWK_SHAPE.safeParse(entry)
    if (!jwk.success || 'd' in jwk.data) continue
    for (const alg of algorithms) {
      if (!fits(jwk.data, alg)) continue
      const name = `${alg} ${jwk.data.kid ?? ''}`
      if (keys.has(name)) return undefined
      try {
        // Checked above as far as anything here reads it; jose checks the rest itself.
        const key = await importJWK(jwk.data as JWK, alg)
        if (strongEnough(key, alg)) keys.set(name, key)
      } catch {
        // A key this runtime cannot read verifies nothing; the others may.
      }
    }
  }
  if (keys.size === 0) return undefined
  return { size: keys.size, find: (kid, alg) => keys.get(`${alg} ${kid ?? ''}`) }
}
