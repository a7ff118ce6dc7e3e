import { urlOf } from './app-addresses.ts'
import { openAdmin } from './app-admin.ts'
import { openOwnCampaigns } from './app-campaigns.ts'
import { challengeNotices, openChallenges } from './app-challenges.ts'
import { openFleetClearances, openOwnClearances } from './app-clearances.ts'
import { openFacts } from './app-facts.ts'
import { openFleetCampaigns } from './app-fleet-campaigns.ts'
import { geoNotices } from './app-geo.ts'
import { createGround } from './app-ground.ts'
import { openPath } from './app-guard.ts'
import { openLimits } from './app-limits.ts'
import { openFleetOverrides, openLoneOverrides } from './app-overrides.ts'
import { openPolicy } from './app-policy.ts'
import { openPressure } from './app-pressure.ts'
import { openRecords } from './app-records.ts'
import { startIn, type Started } from './app-start.ts'
import { openStore } from './app-store.ts'
import { openSwitches } from './app-switches.ts'
import type { Sink } from './core/seams.ts'
import type { Settings } from './settings.ts'
import { createMetrics } from './sinks/metrics.ts'
import { registerOverrideMetrics } from './sinks/override-metrics.ts'
import { VERSION } from './version.ts'

/** Opens everything the settings name in this one process and starts both listeners. Never rejects. */
export const startApp = (
  settings: Settings,
  options: {
    readonly sinks?: readonly Sink[]
    /** File of the detector's thread, for tests. */
    readonly detector?: URL
  } = {},
): Promise<Started> =>
  startIn(settings, async (dataDir, closers) => {
    const ground = createGround({ settings, dataDir: { ...dataDir, readOnly: false } })
    const { log } = ground
    let draining = false

    const pressure = openPressure(ground)
    const store = openStore(ground)
    if (store !== undefined) closers.add(store)
    const gossip = store?.gossip(() => metrics.dropped('gossip', 1))
    if (gossip !== undefined) closers.add(gossip)
    const facts = closers.add(await openFacts(ground, gossip))
    const metrics = createMetrics({
      version: VERSION,
      process: true,
      signals: facts.sources,
      pressures: () => pressure.readings(),
    })
    const policy = closers.add(await openPolicy(ground, metrics))
    const switches = closers.add(
      await openSwitches(ground, {
        policy,
        metrics,
        fleet: store === undefined || gossip === undefined ? undefined : { store, gossip },
      }),
    )
    const limits = closers.add(
      await openLimits(ground, { store: store?.limits, pressure, metrics }),
    )
    const campaigns = closers.add(
      store === undefined || gossip === undefined
        ? openOwnCampaigns(ground, { metrics, entry: options.detector })
        : await openFleetCampaigns(ground, { store, gossip, metrics, leads: true }),
    )
    const clearances = closers.add(
      store === undefined || gossip === undefined
        ? openOwnClearances(ground)
        : await openFleetClearances(ground, { store, gossip }),
    )
    const overrides = closers.add(
      store === undefined || gossip === undefined
        ? openLoneOverrides(ground)
        : await openFleetOverrides(ground, { store, gossip }),
    )
    registerOverrideMetrics(metrics.registry, () => overrides.table.size(ground.clock.now()))
    const challenges = closers.add(
      openChallenges(ground, { clearances, gossip, metrics, leads: true }),
    )
    const records = openRecords(ground, (name, count) => metrics.dropped(name, count))
    const admin = await openAdmin(ground, {
      metrics,
      policy,
      switches,
      limiter: limits.limiter,
      fleet: () => limits.fleet(),
      records,
      campaigns: campaigns.campaigns,
      clearances: challenges.administration,
      overrides,
      marks: campaigns.marks,
      lookup: facts.lookup,
      attempts: store?.attempts,
      readiness: () => ({
        state: draining ? 'draining' : 'ready',
        degraded: [
          ...policy.degraded(),
          ...switches.degraded(),
          ...facts.degraded(),
          ...records.degraded(),
          ...limits.degraded(),
          ...campaigns.degraded(),
          ...clearances.degraded(),
          ...overrides.degraded(),
        ],
      }),
    })
    // The guard first: an admin listener that says "ready" must have something to be ready for.
    const guardAt = await openPath(
      ground,
      {
        facts,
        policy: policy.live,
        limiter: limits.limiter,
        pressure,
        campaigns,
        challenges,
        overrides,
        metrics,
        records: records.sink,
        moreSinks: options.sinks ?? [],
      },
      closers,
    )
    const adminUrl = await admin.listen()
    return {
      guardUrl: urlOf(guardAt),
      adminUrl,
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
