import { join } from 'node:path'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { Findings } from './core/facts.ts'
import type { Problem } from './core/problem.ts'
import type { Clock, SignalSource, Sink } from './core/seams.ts'
import type { DataDir } from './data-dir.ts'
import { EDGE_PREFIX } from './settings-accounts.ts'
import type { Settings } from './settings.ts'
import { createAccountDays } from './signals/account-days.ts'
import { createAccountFile } from './signals/account-file.ts'
import { createAccountHeaders } from './signals/account-headers.ts'
import { createAccountHttp } from './signals/account-http.ts'
import { createAccountJwt } from './signals/account-jwt.ts'
import { createAccountSeen } from './signals/account-seen.ts'
import type { AccountReader, AccountSource } from './signals/account-source.ts'
import type { AccountTools } from './signals/account.ts'
import type { Log } from './sinks/log.ts'
import { loadDisposableDomains } from './signals/email-disposable.ts'

/** What a source of facts is opened with. */
export type SignalParts = {
  readonly settings: Settings
  readonly dataDir: DataDir
  readonly clock: Clock
  readonly log: Log
  readonly onProblem: (problem: Problem) => void
}

/** The sources of account facts and what learns beside them. */
export type Accounts = {
  readonly sources: readonly SignalSource[]
  readonly sinks: readonly Sink[]
  /** Facts of an account at a moment; `undefined` where it is unknown or comes with the call alone. */
  readonly lookup: (id: string, atMs: number) => Findings | undefined
  readonly degraded: () => boolean
  close(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

const opened = (
  source: AccountSource,
  edge: readonly SignalSource[],
  sinks: readonly Sink[],
  degraded: () => boolean,
): Accounts => ({
  sources: [source, ...edge],
  sinks,
  lookup: (id, atMs) => source.lookup(id, atMs),
  degraded,
  close: () => source.close(),
})

/** The account source of the settings; without one, what the upstream accepts becomes an account. */
export const openAccounts = async ({
  settings,
  dataDir,
  clock,
  log,
  onProblem,
}: SignalParts): Promise<Accounts> => {
  const { file, http, jwt, headers } = settings.accounts
  const listed =
    settings.disposable_domains === undefined
      ? undefined
      : await loadDisposableDomains(settings.path(settings.disposable_domains))
  listed?.problems.forEach(onProblem)
  const tools: AccountTools = {
    hashInstrument: createKeyedHash(dataDir.rootKey, 'instrument'),
    // A list that could not be read is empty; whether an address is on it is then unknown, not false.
    disposableDomains: listed?.domains.size === 0 ? undefined : listed?.domains,
  }
  const hashEndUser = createKeyedHash(dataDir.rootKey, 'end user')
  const days = async (): Promise<{ readonly reader: AccountReader; readonly sink: Sink }> => {
    const sink = await createAccountDays({ file: join(dataDir.path, 'account-days') })
    return {
      reader: { hashEndUser, daysAfter: (id, afterMs) => sink.daysAfter(id, afterMs) },
      sink,
    }
  }
  const edge =
    headers === undefined
      ? []
      : [
          createAccountHeaders({
            ...tools,
            hashEndUser,
            prefix: EDGE_PREFIX,
            headers,
            // The reader has dropped these headers from everyone but a trusted proxy.
            trusted: () => true,
          }),
        ]
  if (headers?.['account.id'] !== undefined) {
    return {
      sources: edge,
      sinks: [],
      lookup: () => undefined,
      degraded: () => false,
      close: nothing,
    }
  }
  if (file !== undefined) {
    const { reader, sink } = await days()
    const source = await createAccountFile({
      ...tools,
      ...reader,
      file: settings.path(file),
      onLoad: ({ problems }) => problems.forEach(onProblem),
    })
    const degraded = (): boolean => source.state().problems.length > 0
    return opened(source, edge, [sink], degraded)
  }
  if (http !== undefined) {
    const { reader, sink } = await days()
    const source = createAccountHttp({
      ...tools,
      ...reader,
      clock,
      url: http.url,
      method: http.url.includes('{credential}') ? 'GET' : 'POST',
      headers: http.headers,
      reach: http.reach,
      timeoutMs: http.timeout_ms,
      ttlMs: http.cache,
      staleMs: http.stale,
      onTrouble: ({ down, cause }) =>
        log.warn(
          { cause },
          down ? 'account service does not answer' : 'account service answers again',
        ),
    })
    const degraded = (): boolean => source.state().open
    return opened(source, edge, [sink], degraded)
  }
  if (jwt !== undefined) {
    const { keys } = jwt
    const source = await createAccountJwt({
      ...tools,
      hashEndUser,
      nowMs: clock.now(),
      issuer: jwt.issuer,
      audiences: jwt.audience,
      algorithms: jwt.algorithms,
      claims: jwt.claims,
      keys:
        'url' in keys
          ? { kind: 'url', url: keys.url, reach: keys.reach }
          : { kind: 'file', file: settings.path(keys.file) },
      onProblem: (problem) => {
        if (problem === undefined) log.info('token keys are well again')
        else onProblem(problem)
      },
    })
    return opened(source, edge, [], () => !source.state(clock.now()).usable)
  }
  // An upstream that is given the operator's own key says nothing about the caller's.
  const passing = new Set(
    settings.upstreams.filter(({ credential }) => credential === 'pass').map(({ id }) => id),
  )
  const source = await createAccountSeen({
    file: join(dataDir.path, 'accounts-seen'),
    vouches: ({ upstream }) => upstream !== undefined && passing.has(upstream),
  })
  return opened(source, edge, [source], () => false)
}
