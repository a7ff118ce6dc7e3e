import { join } from 'node:path'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { Findings } from './core/facts.ts'
import type { Ground } from './app-ground.ts'
import type { SignalSource } from './core/seams.ts'
import { EDGE_PREFIX } from './settings-accounts.ts'
import { createAccountDays } from './signals/account-days.ts'
import { createAccountFile } from './signals/account-file.ts'
import { createAccountHeaders } from './signals/account-headers.ts'
import { createAccountHttp } from './signals/account-http.ts'
import { createAccountJwt } from './signals/account-jwt.ts'
import { createAccountSeen } from './signals/account-seen.ts'
import type { AccountReader, AccountSource } from './signals/account-source.ts'
import type { AccountTools } from './signals/account.ts'
import { loadDisposableDomains } from './signals/email-disposable.ts'
import type { Learner } from './signals/sighting.ts'

/** The sources of account facts and what learns beside them. */
export type Accounts = {
  readonly sources: readonly SignalSource[]
  readonly learners: readonly Learner[]
  /** Facts of an account at a moment; `undefined` where it is unknown or comes with the call alone. */
  readonly lookup: (id: string, atMs: number) => Findings | undefined
  readonly degraded: () => boolean
  close(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

const opened = (
  source: AccountSource,
  edge: readonly SignalSource[],
  learners: readonly Learner[],
  degraded: () => boolean,
): Accounts => ({
  sources: [source, ...edge],
  learners,
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
}: Ground): Promise<Accounts> => {
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
  const { readOnly } = dataDir
  const days = async (): Promise<{ readonly reader: AccountReader; readonly learner: Learner }> => {
    const learner = await createAccountDays({ file: join(dataDir.path, 'account-days'), readOnly })
    return {
      reader: { hashEndUser, daysAfter: (id, afterMs) => learner.daysAfter(id, afterMs) },
      learner,
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
      learners: [],
      lookup: () => undefined,
      degraded: () => false,
      close: nothing,
    }
  }
  if (file !== undefined) {
    const { reader, learner } = await days()
    const source = await createAccountFile({
      ...tools,
      ...reader,
      file: settings.path(file),
      onLoad: ({ problems }) => problems.forEach(onProblem),
    })
    const degraded = (): boolean => source.state().problems.length > 0
    return opened(source, edge, [learner], degraded)
  }
  if (http !== undefined) {
    const { reader, learner } = await days()
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
    return opened(source, edge, [learner], degraded)
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
  const source = await createAccountSeen({ file: join(dataDir.path, 'accounts-seen'), readOnly })
  return opened(source, edge, [source], () => false)
}
