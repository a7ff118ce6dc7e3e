import { setTimeout as pause } from 'node:timers/promises'
import { openAccounts } from './app-accounts.ts'
import { addressText, urlOf } from './app-addresses.ts'
import { openAdmin } from './app-admin.ts'
import { openOwnCampaigns } from './app-campaigns.ts'
import { challengeNotices, openChallenges } from './app-challenges.ts'
import { openFleetClearances, openOwnClearances } from './app-clearances.ts'
import { openJournal, openLearning } from './app-facts.ts'
import { openFleetCampaigns } from './app-fleet-campaigns.ts'
import { geoNotices } from './app-geo.ts'
import { createGround } from './app-ground.ts'
import { openOwnLimits } from './app-limits.ts'
import { openFleetOverrides, openLoneOverrides } from './app-overrides.ts'
import { openPolicy } from './app-policy.ts'
import { openRecords } from './app-records.ts'
import { startIn, type Started } from './app-start.ts'
import { openStore } from './app-store.ts'
import { openSwitches } from './app-switches.ts'
import type { WorkerSettings } from './app-worker.ts'
import { createCountersLedger } from './limits/fleet/counters-ledger.ts'
import { createFleetLimiter } from './limits/fleet/limiter.ts'
import type { Settings } from './settings.ts'
import { createMetrics } from './sinks/metrics.ts'
import { registerOverrideMetrics } from './sinks/override-metrics.ts'
import { VERSION } from './version.ts'
import { serveClearances } from './workers/clearance-desk.ts'
import { keepDecisionLines } from './workers/decision-lines.ts'
import { createGossipRelay } from './workers/gossip.ts'
import { serveLedger } from './workers/ledger-service.ts'
import { metricSnapshot, metricText } from './workers/metric-sums.ts'
import { takeObservations } from './workers/observation-batches.ts'
import { serveOverrides } from './workers/override-desk.ts'
import { createPolicyRound } from './workers/policy-round.ts'
import { createPool, type Pool, type PoolReport } from './workers/pool.ts'
import { registerPoolMetrics } from './workers/pool-metrics.ts'
import { keepRoster } from './workers/roster.ts'
import { watchVitals } from './workers/vitals.ts'
import { giveWelcome } from './workers/welcome.ts'

/** Name under which this process itself asks the counters; no worker has it. */
const PRIMARY = 'primary'
/** How long workers have after their drain to write down what is left. */
const LAST_WORDS_MS = 10_000
/** Files of what was learned are behind by at most so much. */
const FILES_BEHIND_MS = 600

/**
 * Runs the guard in `settings.workers` processes, started with the command line `args`. This one keeps
 * what they share: counters, policy, decision log, audit, the admin listener. Never rejects.
 */
export const startPrimary = (settings: Settings, args: readonly string[]): Promise<Started> =>
  startIn(settings, async (dataDir, closers) => {
    const ground = createGround({ settings, dataDir: { ...dataDir, readOnly: false } })
    const { log, clock } = ground
    let draining = false

    const metrics = createMetrics({ version: VERSION, process: true })
    const dropped = (name: string, count: number): void => metrics.dropped(name, count)
    const store = openStore(ground)
    if (store !== undefined) closers.add(store)
    const relay = createGossipRelay(() => dropped('gossip', 1))
    const heard =
      store === undefined ? relay : closers.add(store.gossip(() => dropped('gossip', 1)))
    const accounts = closers.add(await openAccounts(ground))
    closers.add(openLearning(ground, [...accounts.learners, ...openJournal(ground)], heard))
    const round = createPolicyRound(() => pool)
    const policy = closers.add(await openPolicy(ground, metrics, round))
    const switches = closers.add(
      await openSwitches(ground, { policy, metrics, fleet: store && { store, gossip: heard } }),
    )
    const own = closers.add(openOwnLimits(ground))
    const ledger = createCountersLedger({ counters: own.limiter.counters, clock })
    // What the ledger holds of running calls the embedded limiter does not see: operators ask the ledger.
    const asked = closers.add(
      createFleetLimiter({
        ledgers: store?.limits.ledgers ?? [ledger.of(PRIMARY)],
        presence: { beat: () => Promise.resolve([{ id: PRIMARY, note: '' }]) },
        replicaId: PRIMARY,
        hashKey: store?.limits.hashKey ?? own.limiter.hashKey,
        clock,
      }),
    )
    const campaigns = closers.add(
      store === undefined
        ? openOwnCampaigns(ground, { metrics, others: relay })
        : await openFleetCampaigns(ground, { store, gossip: heard, metrics, leads: true }),
    )
    const clearances = closers.add(
      store === undefined
        ? openOwnClearances(ground, relay)
        : await openFleetClearances(ground, { store, gossip: heard }),
    )
    const overrides = closers.add(
      store === undefined
        ? openLoneOverrides(ground, relay)
        : await openFleetOverrides(ground, { store, gossip: heard }),
    )
    registerOverrideMetrics(metrics.registry, () => overrides.table.size(clock.now()))
    const challenges = closers.add(
      openChallenges(ground, { clearances, gossip: heard, metrics, leads: true }),
    )
    const records = openRecords(ground, dropped)
    closers.add(records.sink)

    const { path: _path, ...plain } = settings
    const shared: WorkerSettings = { ...plain, limitsKey: own.limiter.hashKey }
    const roster = keepRoster(() => pool.ready())
    const pool: Pool = createPool({
      count: settings.workers,
      args,
      onStart: (worker) => {
        const { channel, place, id } = worker
        // A replacement reads the files of what was learned; what is not in them yet, it hears.
        const filesWritten = pause(pool.ready().length > 0 ? FILES_BEHIND_MS : 0)
        giveWelcome<WorkerSettings>(channel, async () => {
          // From here on it is told what the others are told.
          relay.join(channel)
          await filesWritten
          round.join(worker)
          const lost = pool.lost()
          return {
            version: VERSION,
            id,
            place,
            count: settings.workers,
            settings: shared,
            folder: settings.path('.'),
            rootKey: dataDir.rootKey,
            documents: policy.live.documents(),
            switches: policy.live.switches(),
            marks: campaigns.marksTexts(),
            clearances: store === undefined ? clearances.texts() : [],
            overrides: overrides.texts(),
            listen: lost === undefined ? settings.listen : addressText(lost),
          }
        })
        serveLedger(channel, ledger.at(id))
        serveClearances(channel, clearances.ledger)
        serveOverrides(channel, overrides)
        roster.serve(worker)
        keepDecisionLines(channel, records)
        takeObservations(channel, (text, count) => campaigns.observe(text, count))
      },
      onGone: (worker) => {
        ledger.forget(worker.id)
        vitals.lost(worker)
      },
      onReport: (report) => tell(report),
    })
    const tell = (report: PoolReport): void => {
      const { what, worker } = report
      if (what === 'ready') log.info({ worker }, 'worker takes calls')
      else if (what === 'ended') log.info({ ...report }, 'worker ended')
      else log.error({ ...report }, 'worker died and is replaced')
    }
    const vitals = watchVitals(pool)
    registerPoolMetrics(metrics.registry, pool)
    closers.add(
      {
        close: async () => {
          await pool.drain(settings.drain + LAST_WORDS_MS)
          vitals.close()
        },
      },
      { longestMs: settings.drain + 2 * LAST_WORDS_MS },
    )
    const admin = await openAdmin(ground, {
      policy,
      switches,
      records,
      campaigns: campaigns.campaigns,
      clearances: challenges.administration,
      overrides,
      marks: campaigns.marks,
      limiter: asked,
      // The workers are the replicas here; those of other machines are in the metrics of each.
      fleet: () => ({ ...asked.state(), replicas: pool.ready().length }),
      lookup: accounts.lookup,
      attempts: store?.attempts,
      metrics: {
        contentType: metrics.contentType,
        text: async () => {
          const here = metricSnapshot(await metrics.registry.getMetricsAsJSON()) ?? []
          return metricText([here, ...(await vitals.metrics())])
        },
      },
      readiness: () => ({
        state: draining ? 'draining' : pool.ready().length > 0 ? 'ready' : 'no_workers',
        // Workers may say the same of what they share with this process.
        degraded: [
          ...new Set([
            ...policy.degraded(),
            ...switches.degraded(),
            ...vitals.degraded(),
            ...records.degraded(),
            ...own.degraded(),
            ...campaigns.degraded(),
            ...clearances.degraded(),
            ...overrides.degraded(),
            ...(pool.ready().length < settings.workers ? ['workers'] : []),
          ]),
        ],
      }),
    })
    const bound = await pool.start()
    return {
      guardUrl: urlOf(bound),
      adminUrl: await admin.listen(),
      ownToken: admin.ownToken,
      notices: [...geoNotices(settings), ...challengeNotices(settings)],
      revision: () => policy.live.current().revision,
      reload: () => policy.live.reload(),
      close: async () => {
        draining = true
        log.info({ drain_ms: settings.drain }, 'draining')
        await closers.close()
        await admin.close()
        dataDir.release()
      },
    }
  })
