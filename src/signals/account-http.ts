import type { Call, Credential } from '../core/call.ts'
import type { Findings } from '../core/facts.ts'
import type { Account } from './account.ts'
import { askAccount, CREDENTIAL_MARK, type AskOptions } from './account-ask.ts'
import { createBreaker } from './account-breaker.ts'
import { createAccountCache, type Remembered } from './account-cache.ts'
import { checkUrl, createFetcher, type Reach } from './account-fetch.ts'
import { ACCOUNT_FACTS, ACCOUNT_FAILED, findingsOf, NO_ACCOUNT } from './account-findings.ts'
import { createFlights } from './account-flights.ts'
import { readAccount, type AccountReader, type AccountSource } from './account-source.ts'
import { createTroubleWatch, type Trouble } from './account-trouble.ts'

/** What an HTTP source is made of. Every bound has a default. */
export type AccountHttpOptions = Omit<AskOptions, 'url' | 'intern'> &
  AccountReader & {
    /** For a GET, `{credential}` in it is replaced by the SHA-256 of the credential. */
    readonly url: string
    readonly reach: Reach
    /** How long a call waits for an answer. */
    readonly timeoutMs?: number
    /** How long an account is taken as it was answered. */
    readonly ttlMs?: number
    /** How long it may still be used while the service does not answer. */
    readonly staleMs?: number
    /** How long "there is none" and unusable answers are remembered. */
    readonly noneTtlMs?: number
    readonly maxAccounts?: number
    readonly maxOthers?: number
    readonly maxInFlight?: number
    readonly connections?: number
    readonly maxAnswerBytes?: number
    /** Told when the service stops answering and when it answers again, with why; never for each call. */
    readonly onTrouble?: ((trouble: Trouble) => void) | undefined
  }

/** How the source stands, for metrics and operators. */
export type AccountHttpState = {
  readonly accounts: number
  readonly others: number
  readonly inFlight: number
  /** True while the service is taken for broken and only probed. */
  readonly open: boolean
}

/** Accounts from an operator's service over HTTP. */
export interface AccountHttpSource extends AccountSource {
  state(): AccountHttpState
  /** The account itself, if it is remembered. */
  find(accountId: string): Account | undefined
}

/** Share of its lifetime after which an account in use is asked for again, so that no call waits. */
const AHEAD = 0.8
const MARGIN_MS = 50
/** After a failure an account that can still be used is not asked for again at once. */
const FAILED_WAIT_MS = 1_000

/**
 * Looks accounts up by HTTP, with few calls and a short wait. An account is answered from memory for
 * `ttlMs` and asked for again before that ends; while the service fails it is used up to `staleMs` after
 * its answer and not a moment longer, then every fact is unknown (`failed`). Throws on a URL that may not
 * be used.
 */
export const createAccountHttp = (options: AccountHttpOptions): AccountHttpSource => {
  const { timeoutMs = 150, ttlMs = 60_000, staleMs = 3_600_000, noneTtlMs = 30_000 } = options
  const { clock, method } = options
  const url = checkUrl(options.url, options.reach)
  if ('wrong' in url) throw new Error(`account source: ${url.wrong}`)
  if (method === 'GET' && !options.url.includes(CREDENTIAL_MARK)) {
    throw new Error(`account source: the URL of a GET must hold ${CREDENTIAL_MARK}`)
  }
  const fetcher = createFetcher({
    url,
    reach: options.reach,
    connections: options.connections ?? 8,
    timeoutMs,
    maxBytes: options.maxAnswerBytes ?? 64 * 1024,
  })
  const cache = createAccountCache({
    accounts: options.maxAccounts ?? 50_000,
    others: options.maxOthers ?? 10_000,
  })
  const flights = createFlights(options.maxInFlight ?? 64)
  const breaker = createBreaker()
  const watch = createTroubleWatch(options.onTrouble)
  const asking: AskOptions = { ...options, url }

  const ask = async (credential: Credential): Promise<void> => {
    const held = cache.get(credential.id)
    const wait = (ms: number): void => {
      if (held?.kind === 'account') {
        cache.set(credential.id, { ...held, askAfterMs: clock.now() + ms })
      }
    }
    try {
      const answer = await askAccount(fetcher, credential, asking)
      breaker.succeeded()
      watch.succeeded(clock.now())
      if (answer.kind === 'unusable' && held?.kind === 'account') wait(noneTtlMs)
      else cache.set(credential.id, answer)
    } catch (error) {
      const nowMs = clock.now()
      breaker.failed(nowMs)
      watch.failed({ error, broken: breaker.open }, nowMs)
      wait(FAILED_WAIT_MS)
    }
  }
  const fly = (call: Call, credential: Credential, known: boolean): Promise<void> | undefined =>
    flights.take({ key: credential.id, network: call.caller.network, known }, () =>
      breaker.allows(clock.now()) ? ask(credential) : undefined,
    )

  const answer = (
    call: Call,
    remembered: Remembered | undefined,
    limitMs: number,
  ): Findings | undefined => {
    if (remembered === undefined) return undefined
    // A clock set back must not make an answer last longer than its time.
    const ageMs = Math.abs(call.atMs - remembered.atMs)
    if (remembered.kind !== 'account') {
      if (ageMs >= noneTtlMs) return undefined
      return remembered.kind === 'none' ? NO_ACCOUNT : ACCOUNT_FAILED
    }
    return ageMs < limitMs
      ? readAccount(remembered.account, call, remembered.atMs, options)
      : undefined
  }

  return {
    name: 'account_http',
    provides: ACCOUNT_FACTS,
    budgetMs: timeoutMs + MARGIN_MS,
    wave: 0,
    read: (call) => {
      const { credential } = call
      if (credential === undefined) return NO_ACCOUNT
      const remembered = cache.get(credential.id)
      const known = remembered?.kind === 'account'
      const fresh = answer(call, remembered, ttlMs)
      if (fresh !== undefined) {
        if (known && call.atMs - remembered.atMs > ttlMs * AHEAD) void fly(call, credential, known)
        return fresh
      }
      const early = known && call.atMs < (remembered.askAfterMs ?? 0)
      const flight = early ? undefined : fly(call, credential, known)
      const settled = (): Findings =>
        answer(call, cache.get(credential.id), staleMs) ?? ACCOUNT_FAILED
      return flight === undefined ? settled() : flight.then(settled)
    },
    lookup: (accountId, nowMs) => {
      const account = cache.find(accountId)
      return account === undefined ? undefined : findingsOf(account, nowMs)
    },
    find: (accountId) => cache.find(accountId),
    state: () => ({
      accounts: cache.accounts,
      others: cache.others,
      inFlight: flights.size,
      open: breaker.open,
    }),
    close: () => fetcher.close(),
  }
}
