import {
  createHmac,
  createSign,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

/** A key pair of an issuer, or of somebody who would like to be one. */
export type IssuerKey = {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey
}

const withJwk = (
  pair: { publicKey: KeyObject; privateKey: KeyObject },
  rest: object,
): IssuerKey => ({
  ...pair,
  jwk: { ...pair.publicKey.export({ format: 'jwk' }), ...rest },
})

/** An RSA key pair with its public half as a JWK. */
export const rsaKey = (kid: string, bits = 2048): IssuerKey =>
  withJwk(generateKeyPairSync('rsa', { modulusLength: bits }), { kid, alg: 'RS256', use: 'sig' })

/** A P-256 key pair with its public half as a JWK. */
export const ecKey = (kid: string): IssuerKey =>
  withJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }), { kid, alg: 'ES256', use: 'sig' })

/** JSON, or bytes as they are, as a part of a token. */
export const part = (value: unknown): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url')

/** Signs whatever it is given; nothing is checked, so that a test can forge. */
export const signRs256 = (header: unknown, claims: unknown, key: KeyObject): string => {
  const body = `${part(header)}.${part(claims)}`
  return `${body}.${createSign('sha256').update(body).sign(key).toString('base64url')}`
}

/** The same on P-256, in the form JOSE wants signatures in. */
export const signEs256 = (header: unknown, claims: unknown, key: KeyObject): string => {
  const body = `${part(header)}.${part(claims)}`
  const bytes = sign('sha256', Buffer.from(body), { key, dsaEncoding: 'ieee-p1363' })
  return `${body}.${bytes.toString('base64url')}`
}

/** The same with a shared secret. */
export const signHs256 = (header: unknown, claims: unknown, secret: string | Buffer): string => {
  const body = `${part(header)}.${part(claims)}`
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`
}
