import { jwtVerify, type CryptoKey } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Call, Credential } from '../core/call.ts'
import type { Findings } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import type { Account, AccountTools } from './account.ts'
import { accountOfClaims, type ClaimMap } from './account-claims.ts'
import { ACCOUNT_FACTS, ACCOUNT_FAILED, findingsOf, NO_ACCOUNT } from './account-findings.ts'
import { readJwtForm, type JwtForm } from './account-jwt-form.ts'
import type { JwtAlgorithm, KeySet } from './account-jwt-keys.ts'
import { createKeyRing, type KeyOrigin } from './account-jwt-ring.ts'
import { readAccount, type AccountReader, type AccountSource } from './account-source.ts'

/** What a token source is made of. */
export type AccountJwtOptions = Omit<AccountTools, 'intern'> &
  AccountReader & {
    /** The only `iss` that is believed. */
    readonly issuer: string
    /** `aud` must name one of these. */
    readonly audiences: readonly string[]
    /** The token's own `alg` must be one of these; shared secrets and key pairs are not mixed. */
    readonly algorithms: readonly JwtAlgorithm[]
    readonly keys: KeyOrigin
    readonly claims: ClaimMap
    /** The moment of the start, ms. */
    readonly nowMs: number
    /** Skew allowed between the issuer's clock and ours. */
    readonly toleranceMs?: number
    /** Verified tokens that are remembered. */
    readonly maxTokens?: number
    /** Told what is wrong with the keys, at the start and on change; `undefined` once nothing is any more. */
    readonly onProblem?: ((problem: Problem | undefined) => void) | undefined
  }

/** Accounts from signed tokens. */
export interface AccountJwtSource extends AccountSource {
  /** Whether there are keys to verify with; where they are missing or old, this also looks for new ones. */
  state(nowMs: number): { readonly usable: boolean }
}

type Verified = { readonly account: Account; readonly keys: KeySet; readonly untilMs: number }

const MAX_REFUSED = 10_000
const MAX_VERIFYING = 256

/** The claims every token needs, before its signature is worth the work; jose checks them again. */
const mayHold = (
  { claims }: JwtForm,
  { issuer, audiences }: AccountJwtOptions,
  nowMs: number,
  toleranceMs: number,
): boolean => {
  const { iss, aud, exp, nbf } = claims
  if (iss !== issuer || typeof exp !== 'number' || exp * 1000 + toleranceMs <= nowMs) return false
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf * 1000 - toleranceMs <= nowMs))
    return false
  return (Array.isArray(aud) ? aud : [aud]).some((one) => audiences.includes(String(one)))
}

/**
 * Accounts from the claims of a bearer token that a trusted issuer signed. A malformed, forged, expired
 * or foreign token is simply no account (`account.known` false): refusing is the policy's business. Only
 * while there are no keys to verify with is every fact unknown (`failed`), whatever is sent. The account is the verified
 * subject, so no spelling of a token and no second token makes it another account. Rejects on settings
 * that cannot be safe.
 */
export const createAccountJwt = async (options: AccountJwtOptions): Promise<AccountJwtSource> => {
  const { issuer, audiences, algorithms, claims, toleranceMs = 5_000, maxTokens = 50_000 } = options
  const shared = algorithms.filter((alg) => alg.startsWith('HS')).length
  if (algorithms.length === 0 || audiences.length === 0 || issuer === '') {
    throw new Error('tokens need an issuer, an audience and an algorithm')
  }
  if (shared > 0 && (shared < algorithms.length || options.keys.kind === 'url')) {
    throw new Error(
      'shared secrets (HS) may not be mixed with key pairs or fetched from an address',
    )
  }
  const ring = await createKeyRing({ ...options, origin: options.keys })
  const verified = new LRUCache<string, Verified>({ max: maxTokens })
  /** Tokens whose signature did not hold, with the keys it was tried with. */
  const refused = new LRUCache<string, KeySet>({ max: MAX_REFUSED })
  const verifying = new Map<string, Promise<Account | undefined>>()

  const verify = async (
    { secret, id }: Credential,
    key: CryptoKey | Uint8Array,
    keys: KeySet,
    alg: string,
    nowMs: number,
  ): Promise<Account | undefined> => {
    try {
      const { payload } = await jwtVerify(secret, key, {
        algorithms: [alg],
        issuer,
        audience: [...audiences],
        requiredClaims: ['exp', 'iss', 'aud'],
        clockTolerance: toleranceMs / 1000,
        currentDate: new Date(nowMs),
      })
      const account = accountOfClaims(payload, claims, options)
      if (account !== undefined && payload.exp !== undefined) {
        verified.set(id, { account, keys, untilMs: payload.exp * 1000 + toleranceMs })
        return account
      }
    } catch {
      // jose throws for every token that does not hold.
    }
    refused.set(id, keys)
    return undefined
  }
  const findings = (account: Account | undefined, call: Call): Findings =>
    account === undefined ? NO_ACCOUNT : readAccount(account, call, call.atMs, options)

  const judge = (
    call: Call,
    credential: Credential,
    form: JwtForm,
  ): Findings | Promise<Findings> => {
    const keys = ring.current(call.atMs)
    const key = keys?.find(form.kid, form.alg)
    if (keys === undefined || key === undefined) {
      const renewal = ring.renew(call.atMs)
      if (renewal === undefined) return keys === undefined ? ACCOUNT_FAILED : NO_ACCOUNT
      // Renewing is spaced out, so this looks again once and not for ever.
      return renewal.then(() => judge(call, credential, form))
    }
    if (refused.get(credential.id) === keys) return NO_ACCOUNT
    const pending = verifying.get(credential.id)
    if (pending === undefined && verifying.size >= MAX_VERIFYING) return ACCOUNT_FAILED
    const verification =
      pending ??
      verify(credential, key, keys, form.alg, call.atMs).finally(() => {
        verifying.delete(credential.id)
      })
    verifying.set(credential.id, verification)
    return verification.then((account) => findings(account, call))
  }

  return {
    name: 'account_jwt',
    provides: ACCOUNT_FACTS,
    budgetMs: 250,
    wave: 0,
    read: (call) => {
      const { credential, atMs } = call
      if (credential === undefined) return NO_ACCOUNT
      const keys = ring.current(atMs)
      const known = verified.get(credential.id)
      if (known !== undefined && atMs < known.untilMs && known.keys === keys) {
        return findings(known.account, call)
      }
      const form = readJwtForm(credential.secret)
      // An algorithm outside the list finds no key either; this spares it a fetch.
      const pinned = algorithms.some((alg) => alg === form?.alg)
      if (form === undefined || !pinned || !mayHold(form, options, atMs, toleranceMs)) {
        return keys === undefined ? ACCOUNT_FAILED : NO_ACCOUNT
      }
      return judge(call, credential, form)
    },
    lookup: (accountId, nowMs) => {
      for (const { account } of verified.values()) {
        if (account.id === accountId) return findingsOf(account, nowMs)
      }
      return undefined
    },
    state: (nowMs) => ({ usable: ring.current(nowMs) !== undefined }),
    close: () => ring.close(),
  }
}
