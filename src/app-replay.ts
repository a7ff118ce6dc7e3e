import { hkdfSync } from 'node:crypto'
import type { FoundState } from './app-keep-campaigns.ts'
import { openReplayCampaigns } from './app-replay-campaigns.ts'
import { openGeo } from './app-geo.ts'
import { limitsKeyOf } from './app-limits.ts'
import { capabilitiesOf, modelTermsOf } from './app-models.ts'
import { createDetector } from './campaigns/detector.ts'
import { createTraits } from './campaigns/traits/traits.ts'
import type { CampaignSummary } from './core/campaign.ts'
import type { CallEvent } from './core/event.ts'
import { createKeyedHash, type KeyedHash } from './core/keyed-hash.ts'
import type { Problem } from './core/problem.ts'
import type { Clock, Limiter, Sink } from './core/seams.ts'
import type { RecordedCall } from './core/trace.ts'
import { anthropic } from './dialects/anthropic.ts'
import { gemini } from './dialects/gemini.ts'
import { openai } from './dialects/openai.ts'
import { createDecisionIds } from './guard/decision-id.ts'
import { createGuard } from './guard/guard.ts'
import { createReader } from './guard/read-call.ts'
import { createCompactCounters } from './limits/compact-counters.ts'
import { createFingerprints } from './limits/fingerprint.ts'
import { createLimiter } from './limits/limiter.ts'
import { createSteadyTime } from './limits/steady-time.ts'
import { createOverrideSource } from './overrides/override-source.ts'
import { createOverrideTable } from './overrides/override-table.ts'
import { compilePolicy } from './policy/compile.ts'
import { readPolicyFiles } from './policy/files.ts'
import { createRecordedChallenges } from './replay/recorded-challenges.ts'
import { createRecordedExchanges } from './replay/recorded-exchange.ts'
import { createRecordedUpstream } from './replay/recorded-upstream.ts'
import { createNamedAccounts } from './replay/named-accounts.ts'
import type { Summary } from './replay/summary.ts'
import { createTally } from './replay/tally.ts'
import { createTraceAccounts } from './replay/trace-accounts.ts'
import type { Settings } from './settings.ts'
import { createDecisionRecord } from './sinks/decision-record.ts'
import { loadAccounts, type LoadedAccounts } from './signals/account-load.ts'
import { loadDisposableDomains } from './signals/email-disposable.ts'
import { createGather } from './signals/gather.ts'
import { createInstrumentsSeen } from './signals/instruments-seen.ts'
import { createPressureSource } from './signals/pressure.ts'
import { createLearning } from './signals/sighting-learning.ts'
import { createVelocity } from './signals/velocity.ts'

/** What a replay is opened with. */
export type ReplayOptions = {
  readonly settings: Settings
  /** Path of the accounts file. */
  readonly accounts: string
  /** Told of every call once it was judged for good; a promise is waited for. */
  readonly onJudged?:
    | ((event: CallEvent, recorded: RecordedCall) => void | Promise<void>)
    | undefined
  /** Told what is wrong beside the input, such as a list of addresses that cannot be read. */
  readonly onProblem?: ((problem: Problem) => void) | undefined
  /** Finds campaigns; the one that runs beside a live guard unless told. */
  readonly createDetector?: typeof createDetector | undefined
  /** Milliseconds that verbs are timed by; nothing is timed without, so that two runs are alike. */
  readonly stopwatch?: (() => number) | undefined
}

/** How one call was judged for good, and the challenges that were passed on the way. */
export type Judged = { readonly event: CallEvent; readonly solved: number }

/** A guard on the clock of the calls it is given. */
export type Replay = {
  /** Judges and counts one call, after all before it. Rejects only with what `onJudged` does. */
  call(recorded: RecordedCall): Promise<Judged>
  /** The first half of {@link call}, for who must see how a call came out before it counts. */
  judge(recorded: RecordedCall): Promise<Judged>
  /** The second half. */
  count(recorded: RecordedCall, judged: Judged): void | Promise<void>
  progress(): {
    readonly calls: number
    readonly atMs: number | undefined
    readonly campaigns: readonly CampaignSummary[]
  }
  /** The decision record of an event, as the decision log has it. */
  record(event: CallEvent): string
  /** The campaigns that were found so far, to be kept. */
  found(): FoundState
  /** Closes everything and says what it came to. */
  finish(rest?: { readonly skipped?: number; readonly cut?: boolean }): Promise<Summary>
}

/** A replay, or why there is none. */
export type OpenedReplay =
  | { readonly ok: true; readonly replay: Replay }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const KEY_BYTES = 32
/** Hashes of a replay are alike from run to run, and no secret hangs on them. */
const FIXED = 'stillwatch replay'
const SEED = 1
const MAX_CHALLENGES = 3

const rootKeyOf = (secret: string | undefined): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret ?? FIXED, '', 'stillwatch root key', KEY_BYTES))

const DIALECTS = [openai, anthropic, gemini]

/** Ids in the order of calls, the same in every run. */
const noRandom = (words: Uint32Array): void => void words.fill(0)
const untimed = (): number => 0

const openLimiter = (settings: Settings, rootKey: Uint8Array): Limiter => {
  const fingerprints = createFingerprints(limitsKeyOf(rootKey))
  const counters = createCompactCounters({
    fingerprints,
    maxKeys: settings.limits.max_keys,
    onFull: () => undefined,
  })
  return createLimiter({ counters, fingerprints, time: createSteadyTime() })
}

const loadTable = async (options: ReplayOptions, rootKey: Uint8Array): Promise<LoadedAccounts> => {
  const { settings, accounts, onProblem } = options
  const listed =
    settings.disposable_domains === undefined
      ? undefined
      : await loadDisposableDomains(settings.path(settings.disposable_domains))
  for (const problem of listed?.problems ?? []) onProblem?.(problem)
  return loadAccounts(accounts, {
    hashInstrument: createKeyedHash(rootKey, 'instrument'),
    disposableDomains: listed?.domains.size === 0 ? undefined : listed?.domains,
  })
}

/**
 * Puts the guard together as it runs live, from `read` on, with a clock that stands where the call under
 * way stands, accounts from a file, counters in memory and an upstream that reports what was recorded.
 * Nothing listens, nothing is asked over a network, nothing is written. Of the settings count policies,
 * models, prices, databases and lists of addresses, and bodies; all dialects are taken, whatever
 * upstreams there are. Calls are over as soon as they arrive, so that none runs beside another.
 */
export const openReplay = async (options: ReplayOptions): Promise<OpenedReplay> => {
  const { settings, onJudged } = options
  const rootKey = rootKeyOf(settings.secret)
  const hashFor = (purpose: string): KeyedHash => createKeyedHash(rootKey, purpose)
  const files = await readPolicyFiles(settings.policies, settings.path('.'))
  if (!files.ok) return files
  const compiled = compilePolicy(files.documents, capabilitiesOf(settings))
  if (!compiled.ok) return compiled
  const { policy } = compiled
  const loaded = await loadTable(options, rootKey)
  if (!loaded.ok) return loaded

  let nowMs = 0
  let current: RecordedCall | undefined
  let last: CallEvent | undefined
  const clock: Clock = { now: () => nowMs }
  const hashNetwork = hashFor('network')
  const campaigns = openReplayCampaigns({
    settings,
    hashNetwork,
    clock,
    createDetector: options.createDetector ?? createDetector,
  })
  const geo = await openGeo(settings, (problem) => options.onProblem?.(problem))
  const accounts = createTraceAccounts({
    table: loaded.table,
    hashEndUser: hashFor('end user'),
    current: () => current,
  })
  const velocity = createVelocity({ hashNetwork, seed: SEED })
  const instruments = createInstrumentsSeen({ seed: SEED })
  const learning = createLearning({
    learners: [accounts.days, velocity, instruments],
    clock,
    hashNetwork,
  })
  const challenged = createRecordedChallenges({
    clock,
    hashNetwork,
    nameOf: hashFor('challenge'),
  })
  const pressure = createPressureSource({ upstreamOf: () => undefined, pressureOf: () => 0 })
  const limiter = openLimiter(settings, rootKey)
  // In the turn of the call itself: what it teaches the next one meets, as live a moment later.
  const sink: Sink = {
    name: 'replay',
    accept: (event) => {
      last = event
      learning.accept(event)
      campaigns.observe(event)
    },
    close: () => learning.close(),
  }
  const guard = createGuard({
    clock,
    limiter,
    sink,
    policy: { current: () => policy },
    challenges: challenged.challenges,
    upstream: createRecordedUpstream(),
    reader: createReader({
      dialects: DIALECTS,
      trustedProxies: [],
      unknownRoutes: settings.routes.unknown,
      maxBodyBytes: settings.bodies.max,
      credentialHash: hashFor('credential'),
      clock,
      newId: createDecisionIds(noRandom),
      traits: createTraits({ rootKey }),
    }),
    gather: createGather({
      sources: [
        accounts.source,
        geo.source,
        velocity.source,
        instruments.source,
        pressure,
        createOverrideSource({ table: createOverrideTable(), clock }),
        campaigns.source,
        ...challenged.sources,
      ],
      stackHash: hashFor('stack'),
    }),
    modelTerms: modelTermsOf(settings.models, settings.prices),
    onInternal: (fault) => {
      throw fault
    },
    stopwatch: options.stopwatch ?? untimed,
  })
  const exchangeOf = createRecordedExchanges()
  const tally = createTally(campaigns)
  const named = createNamedAccounts((account) => accounts.entityOf(account) !== undefined)
  const beganMs = performance.now()

  const once = async (recorded: RecordedCall): Promise<CallEvent> => {
    await guard(exchangeOf(recorded))
    if (last === undefined) throw new Error('the guard has told of no call')
    return last
  }
  const judge = async (recorded: RecordedCall): Promise<Judged> => {
    nowMs = recorded.atMs
    current = recorded
    campaigns.tick(nowMs)
    let event = await once(recorded)
    let solved = 0
    while (
      event.ruling?.verdict === 'challenge' &&
      solved < MAX_CHALLENGES &&
      challenged.pass(event, recorded.solves)
    ) {
      solved++
      event = await once(recorded)
    }
    return { event, solved }
  }
  const entityOf = ({ account, ip }: RecordedCall, { facts, call }: CallEvent): string =>
    facts?.known('account.entity') ??
    (account === undefined ? (call?.caller.network ?? ip) : (accounts.entityOf(account) ?? account))
  const count = (recorded: RecordedCall, { event, solved }: Judged): void | Promise<void> => {
    named.count(recorded.account)
    tally.count({ event, solved, label: recorded.label, entity: entityOf(recorded, event) })
    return onJudged?.(event, recorded)
  }
  let turn: Promise<unknown> = Promise.resolve()

  return {
    ok: true,
    replay: {
      judge,
      count,
      call: (recorded) => {
        const judged = turn.then(() => judge(recorded))
        turn = judged.then((one) => count(recorded, one))
        return turn.then(() => judged)
      },
      progress: () => ({
        calls: tally.calls,
        atMs: tally.latestMs,
        campaigns: campaigns.list(),
      }),
      record: createDecisionRecord({
        addresses: settings.decisions.addresses,
        hash: hashFor('address'),
      }),
      found: () => campaigns.found(),
      finish: async ({ skipped = 0, cut = false } = {}) => {
        await Promise.all([sink.close(), geo.close()])
        campaigns.tick(nowMs)
        const wall_s = (performance.now() - beganMs) / 1000
        return tally.summary({
          wall_s,
          revision: policy.revision,
          skipped,
          cut,
          accounts: named.summary(),
          detector: campaigns.status(),
        })
      },
    },
  }
}
