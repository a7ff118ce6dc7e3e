import { resolve } from 'node:path'
import { openToldCampaigns } from './app-campaigns.ts'
import { openChallenges } from './app-challenges.ts'
import { openFleetClearances, openToldClearances } from './app-clearances.ts'
import { createClosers } from './app-closers.ts'
import { openFacts } from './app-facts.ts'
import { openFleetCampaigns } from './app-fleet-campaigns.ts'
import { createGround } from './app-ground.ts'
import { openPath } from './app-guard.ts'
import { openSharedLimits } from './app-limits.ts'
import { capabilitiesOf } from './app-models.ts'
import { openFleetOverrides, openToldOverrides } from './app-overrides.ts'
import { openPressure } from './app-pressure.ts'
import { createRecording } from './app-records.ts'
import { sentenceOf } from './app-start.ts'
import { openStore } from './app-store.ts'
import type { HashKey } from './limits/fingerprint.ts'
import { createToldPolicy } from './policy/told.ts'
import type { Settings } from './settings.ts'
import { createMetrics } from './sinks/metrics.ts'
import { VERSION } from './version.ts'
import { createChannel, type Channel } from './workers/channel.ts'
import { createDecisionLines } from './workers/decision-lines.ts'
import { createGossip } from './workers/gossip.ts'
import { createLedgerClient } from './workers/ledger-client.ts'
import { ownWire } from './workers/own-wire.ts'
import { followPolicy } from './workers/policy-round.ts'
import { createRoster } from './workers/roster.ts'
import { tellVitals } from './workers/vitals.ts'
import { askWelcome } from './workers/welcome.ts'

/** What a primary's settings are without what cannot be sent, and what only its workers need. */
export type WorkerSettings = Omit<Settings, 'path'> & { readonly limitsKey: HashKey }

/** Exit code of a worker that could not go on; its primary replaces it. */
const EXIT_FAILED = 3

const compose = async (channel: Channel): Promise<{ drain(): Promise<void> }> => {
  const follow = followPolicy(channel)
  const welcome = await askWelcome<WorkerSettings>(channel, VERSION)
  const { place, count, folder, rootKey } = welcome
  const settings: Settings = {
    ...welcome.settings,
    listen: welcome.listen,
    path: (relative) => resolve(folder, relative),
  }
  const closers = createClosers()
  const ground = createGround({
    settings,
    dataDir: { path: settings.path(settings.data_dir), rootKey, readOnly: true },
    worker: place,
  })
  const policy = createToldPolicy({ ...welcome, capabilities: capabilitiesOf(settings) })
  follow(policy)

  const pressure = openPressure(ground)
  const store = openStore(ground)
  if (store !== undefined) closers.add(store)
  const dropped = (): void => metrics.dropped('gossip', 1)
  const gossip = closers.add(store?.gossip(dropped) ?? createGossip(channel, dropped))
  const facts = closers.add(await openFacts(ground, gossip))
  const metrics = createMetrics({
    version: VERSION,
    process: true,
    signals: facts.sources,
    pressures: () => pressure.readings(),
  })
  const campaigns =
    store === undefined
      ? openToldCampaigns(ground, { channel, gossip, known: welcome.marks, metrics })
      : closers.add(await openFleetCampaigns(ground, { store, gossip, metrics, leads: false }))
  const clearances = closers.add(
    store === undefined
      ? openToldClearances(ground, { channel, gossip, known: welcome.clearances })
      : await openFleetClearances(ground, { store, gossip }),
  )
  const overrides = closers.add(
    store === undefined
      ? openToldOverrides(ground, { channel, gossip, known: welcome.overrides })
      : await openFleetOverrides(ground, { store, gossip, known: welcome.overrides }),
  )
  const challenges = closers.add(
    openChallenges(ground, { clearances, gossip, metrics, leads: false }),
  )
  const limits = closers.add(
    await openSharedLimits(ground, {
      ...(store?.limits ?? {
        name: 'limits',
        ledgers: [createLedgerClient(channel)],
        presence: createRoster(channel),
        replicaId: welcome.id,
        hashKey: welcome.settings.limitsKey,
      }),
      pressure,
      metrics,
    }),
  )
  tellVitals(channel, async () => ({
    metrics: await metrics.registry.getMetricsAsJSON(),
    degraded: [
      ...facts.degraded(),
      ...limits.degraded(),
      ...clearances.degraded(),
      ...overrides.degraded(),
    ],
  }))
  const records = createDecisionLines({
    ...createRecording(ground, count),
    channel,
    onDrop: (lines) => metrics.dropped('decisions', lines),
  })
  const address = await openPath(
    ground,
    {
      facts,
      policy,
      limiter: limits.limiter,
      pressure,
      campaigns,
      challenges,
      overrides,
      metrics,
      records,
    },
    closers,
  )
  channel.tell('ready', address)
  return {
    drain: async () => {
      await closers.close()
      await channel.flush()
    },
  }
}

/**
 * Runs as one worker of a primary until that says to drain, or is gone. Signals of the terminal and of
 * service managers go to all processes at once: it is the primary that answers them.
 */
export const runWorker = async (): Promise<never> => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  const channel = createChannel(ownWire(), { onNonsense: () => process.exit(EXIT_FAILED) })
  let drained: (() => void) | undefined
  const told = new Promise<void>((done) => {
    drained = done
  })
  channel.hear('drain', () => drained?.())
  try {
    const worker = await compose(channel)
    await told
    await worker.drain()
    process.exit(0)
  } catch (error) {
    channel.tell('failed', sentenceOf(error))
    await channel.flush()
    process.exit(EXIT_FAILED)
  }
}
