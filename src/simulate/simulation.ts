import { DAY_MS } from '../core/time.ts'
import type { RecordedCall } from '../core/trace.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { ARCHETYPE_SHARES } from './archetypes.ts'
import { createCampaign, type Campaign, type CampaignAccount } from './campaign.ts'
import { createInstallations } from './installations.ts'
import { createHonest } from './honest.ts'
import { lookAlikes } from './look-alikes.ts'
import { createMerge } from './merge-calls.ts'
import { createNetworks } from './networks.ts'
import { createRandom, randomName, weighted } from './random.ts'
import type { Scenario } from './scenario.ts'
import type { Caller } from './simulated-call.ts'
import type { Material } from './material.ts'
import { createTemplates } from './templates.ts'
import { trialAbusers } from './trial-abuse.ts'
import { createCards } from './cards.ts'
import { ties } from './ties.ts'
import type { World } from './world.ts'

/** A population that makes calls. */
export type Simulation = {
  /** Lines of the accounts file, in an order that tells nothing. */
  readonly accounts: readonly AccountRecord[]
  /** Milliseconds at which the simulated days begin and end. */
  readonly startMs: number
  readonly endMs: number
  /** The next call in time order; `undefined` after the last. */
  next(): RecordedCall | undefined
  /**
   * Tells the callers that a call was refused for good. A campaign that gives accounts up goes on with one
   * of its stock, which stands in `accounts` from the start.
   */
  refused(account: string, atMs: number): void
  /** Tells the callers that a call went through, which ends a row of refusals. */
  served(account: string): void
}

const MEAN_TENURE_DAYS = 250
const ID_DIGITS = 16
const HOUR_MS = DAY_MS / 24

const worldOf = (scenario: Scenario, material: Material, seed: number): World => {
  const startMs = Date.parse(`${scenario.start}T00:00:00Z`)
  const ids = new Set<string>()
  return {
    seed,
    startMs,
    endMs: startMs + scenario.days * DAY_MS,
    wire: scenario.wire,
    models: scenario.models.map(({ name, weight, release_day: day }) => ({
      name,
      weight,
      releasedMs: day === undefined ? undefined : startMs + day * DAY_MS,
    })),
    texts: material.texts,
    sizes: material.sizes,
    programs: material.programs,
    stacks: material.stacks.filter(({ wire }) => wire === undefined || wire === scenario.wire),
    networks: createNetworks(material.networks),
    install: createInstallations(),
    systemChars: scenario.system_chars,
    maxCallsPerDay: scenario.honest.max_calls_per_day,
    cards: createCards(),
    newId: (random) => {
      for (;;) {
        const id = `acct_${randomName(random, ID_DIGITS)}`
        if (ids.has(id)) continue
        ids.add(id)
        return id
      }
    },
  }
}

const scaled = (accounts: number, scale: number): number =>
  accounts === 0 ? 0 : Math.max(1, Math.round(accounts * scale))

/**
 * Puts a population together. `scale` multiplies accounts of every kind and leaves what each of them does
 * as it is. The same scenario, material, scale and seed give the same accounts and calls, byte for byte.
 */
export const createSimulation = (
  scenario: Scenario,
  material: Material,
  options: { readonly scale?: number; readonly seed?: number } = {},
): Simulation => {
  const { scale = 1, seed = scenario.seed } = options
  const world = worldOf(scenario, material, seed)
  const templates = createTemplates(world.texts)
  const merge = createMerge()
  const accounts: AccountRecord[] = []
  const members = new Map<string, { campaign: Campaign; refusals: number }>()
  const stocks = new Map<Campaign, CampaignAccount[]>()

  const enter = (record: AccountRecord, callers: readonly Caller[]): void => {
    accounts.push(record)
    for (const caller of callers) merge.add(caller)
  }

  const honest = scaled(scenario.honest.accounts, scale)
  let at = 0
  for (const tie of ties(world, honest)) {
    const kind = weighted(createRandom(seed, `honest ${at} kind`), ARCHETYPE_SHARES)
    const { record, callers } = createHonest(world, templates, `honest ${at++}`, kind, {}, tie)
    enter(record, callers)
  }
  scenario.look_alikes.forEach((spec, nth) => {
    for (const { record, callers } of lookAlikes(
      world,
      templates,
      spec,
      nth,
      scaled(spec.accounts, scale),
    )) {
      enter(record, callers)
    }
  })
  const perDay = honest / MEAN_TENURE_DAYS
  const share = scenario.honest.trial_abuse
  const trials = Math.round((perDay * share * (scenario.days + 7)) / (1 - share))
  for (const { record, callers } of trialAbusers(world, templates, trials)) enter(record, callers)

  for (const spec of scenario.campaigns) {
    const size = scaled(spec.accounts, scale)
    const campaign = createCampaign(world, templates, spec, size)
    for (let nth = 0; nth < size; nth++) {
      const { record, callers } = campaign.account(nth)
      if (spec.regrowth !== undefined) members.set(record.id, { campaign, refusals: 0 })
      enter(record, callers)
    }
    if (spec.regrowth === undefined) continue
    // Suppliers make accounts all the time; each waits for its turn from the moment it is made.
    const beginsMs = world.startMs + spec.starts_day * DAY_MS
    const spare = Math.round(size * spec.regrowth.stock)
    const stock = Array.from({ length: spare }, (_, nth) =>
      campaign.account(size + nth, beginsMs + ((nth + 0.5) / spare) * (world.endMs - beginsMs)),
    )
    stocks.set(campaign, stock)
    accounts.push(...stock.map(({ record }) => record))
  }
  // Who is who must not follow from the place in the file.
  accounts.sort((one, other) => (one.id < other.id ? -1 : 1))

  return {
    accounts,
    startMs: world.startMs,
    endMs: world.endMs,
    next: () => merge.next(world.endMs),
    served: (account) => {
      const member = members.get(account)
      if (member !== undefined) member.refusals = 0
    },
    refused: (account, atMs) => {
      const member = members.get(account)
      if (member === undefined) return
      const { campaign } = member
      const { regrowth } = campaign.spec
      if (regrowth === undefined || ++member.refusals < regrowth.after_refusals) return
      members.delete(account)
      merge.remove(account)
      const stock = stocks.get(campaign) ?? []
      const earliestMs = atMs + regrowth.delay_hours * HOUR_MS
      const ready = stock.findIndex(({ fromMs }) => fromMs >= earliestMs)
      const [next] = ready === -1 ? [] : stock.splice(ready, 1)
      if (next === undefined) return
      members.set(next.record.id, { campaign, refusals: 0 })
      for (const caller of next.callers) merge.add(caller)
    },
  }
}
