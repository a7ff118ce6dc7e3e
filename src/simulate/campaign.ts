import { DAY_MS } from '../core/time.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { accountLine, browserOf } from './account-lines.ts'
import { createCaller } from './caller.ts'
import { createSupply } from './campaign-supply.ts'
import { createCampaignTalk, type Shop } from './campaign-talk.ts'
import { createTasks } from './campaign-tasks.ts'
import { HABITS } from './archetypes.ts'
import { createRhythm } from './rhythm.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import type { Caller } from './simulated-call.ts'
import { createAgentTalk, workplaceOf } from './talks.ts'
import { machineOf } from './honest.ts'
import type { Templates } from './templates.ts'
import { streamOf, type World } from './world.ts'

/** One account of a campaign: its line and who calls through it. */
export type CampaignAccount = {
  /** No call before it. */
  readonly fromMs: number

  readonly record: AccountRecord
  readonly callers: readonly Caller[]
}

/** A campaign at work. */
export type Campaign = {
  readonly spec: CampaignSpec
  /** Account number `nth`; `fromMs` for one of the stock, which replaces others. */
  readonly account: (nth: number, fromMs?: number) => CampaignAccount
}

const SINGLE = { median: 1, logSd: 0 }
/** Puzzles of a browser are handed to people; nobody shows papers for a made-up person. */
const HUMAN_SOLVED = 0.5

/** See {@link Campaign}. */
export const createCampaign = (
  world: World,
  templates: Templates,
  spec: CampaignSpec,
  accounts: number,
): Campaign => {
  const supply = createSupply(world, spec)
  const shop: Shop = { tasks: createTasks(world, spec), waiting: [] }
  const beginsMs = world.startMs + spec.starts_day * DAY_MS
  const untilMs =
    spec.days === undefined ? world.endMs : Math.min(world.endMs, beginsMs + spec.days * DAY_MS)

  return {
    spec,
    account: (nth, replacesFromMs) => {
      const key = `${spec.name} ${nth}`
      const random = streamOf(world, key)
      const id = world.newId(random)
      const fromMs =
        replacesFromMs ??
        beginsMs + ((nth + random.unit()) / accounts) * spec.signup.over_days * DAY_MS
      const aged = replacesFromMs === undefined && random.chance(spec.signup.aged_share)
      const createdMs =
        fromMs - (aged ? random.between(90, 400) : random.unit() * spec.signup.lead_days) * DAY_MS
      const places = supply.places(random)
      const machine = supply.machine(nth)
      const label = `attack/${spec.name}`
      const solves = { proof_of_work: true, human: random.chance(HUMAN_SOLVED), step_up: false }
      // Means are what a campaign plans with: a log-normal's median lies below its mean.
      const own =
        spec.calls_per_day * Math.exp(spec.log_sd * random.normal() - spec.log_sd ** 2 / 2)
      const daily = own * Math.exp(-(spec.day_noise ** 2) / 2)
      const installation = supply.installation(nth)
      const trajectories = spec.trajectory_calls > 1
      const common = {
        fromMs,
        untilMs,
        zoneHours: supply.zoneHours(places.country),
        dayNoise: spec.day_noise,
        activeShare: spec.active_share,
        weekend: spec.weekends ? 1 : 0,
        peakToTrough: spec.diurnal === 'flat' ? 1 : 5,
        peakHour: 14,
      }
      const headers = {
        installation,
        lagMs: spec.stacks.lag_days * DAY_MS,
        ...(spec.stacks.frozen ? { frozenAtMs: beginsMs } : {}),
      }
      const callers: Caller[] = []
      const add = (caller: Caller): void => void callers.push(caller)
      if (spec.reseller.share < 1) {
        add(
          createCaller({
            account: id,
            label,
            solves,
            places,
            addressPerCall: spec.addresses.mode === 'call',
            ...headers,
            talk: createCampaignTalk(world, spec, shop, streamOf(world, `${key} talk`), {
              id,
              nth,
              machine,
            }),
            rhythm: createRhythm(
              {
                ...common,
                callsPerDay: daily * (1 - spec.reseller.share),
                callsPerSession: trajectories
                  ? { median: spec.trajectory_calls, logSd: 0.2 }
                  : SINGLE,
                wholeSessions: trajectories,
                gapMs: [5_000, 60_000],
              },
              streamOf(world, `${key} rhythm`),
            ),
          }),
        )
      }
      if (spec.reseller.share > 0) {
        const [fewest, most] = spec.reseller.users
        const users = fewest + random.below(Math.max(1, most - fewest + 1))
        add(
          createCaller({
            account: id,
            label,
            solves,
            places,
            addressPerCall: spec.addresses.mode === 'call',
            ...headers,
            talk: createAgentTalk(world, streamOf(world, `${key} users`), {
              agent: templates.agent(random),
              workplaces: Array.from({ length: users }, () =>
                workplaceOf(machineOf(random, false), random),
              ),
            }),
            rhythm: createRhythm(
              {
                ...common,
                callsPerDay: daily * spec.reseller.share,
                callsPerSession: HABITS.agent.callsPerSession,
                wholeSessions: true,
                gapMs: HABITS.agent.gapMs,
              },
              streamOf(world, `${key} users rhythm`),
            ),
          }),
        )
      }
      const funding = supply.funding(nth)
      const { pattern, domain } = supply.email(random)
      const paid = funding.status !== 'trial' && spec.funding.payments > 0
      const record = accountLine(
        {
          id,
          createdMs,
          signupIp: places.addressOf(0),
          userAgent: browserOf(random),
          emailPattern: `${pattern}@${domain}`,
          emailDomain: domain,
          country: places.country ?? funding.country,
          status: paid ? 'active' : 'trial',
          verified: random.chance(0.35) ? 'phone' : 'email',
          activeDays: aged ? random.below(6) : 0,
          funding,
          paidFromMs: paid ? fromMs : undefined,
          payments: spec.funding.payments,
          usd: 5 + 5 * random.below(4),
        },
        world.endMs,
      )
      return { fromMs, record, callers }
    },
  }
}
