import { DAY_MS } from '../core/time.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { accountLine, browserOf } from './account-lines.ts'
import { createCaller } from './caller.ts'
import { createSupply } from './campaign-supply.ts'
import { createCampaignTalk, type Shop } from './campaign-talk.ts'
import { createTasks } from './campaign-tasks.ts'
import { HABITS } from './archetypes.ts'
import { FREE_CALLS_PER_DAY } from './honest.ts'
import { createRhythm } from './rhythm.ts'
import type { CampaignSpec } from './scenario-campaign.ts'
import type { Caller } from './simulated-call.ts'
import { drawSolves } from './solving.ts'
import { agentAsking } from './asking.ts'
import { createAgentTalk } from './talks.ts'
import { machineOf } from './honest-clients.ts'
import { workplaceOf } from './workplaces.ts'
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

/**
 * Makes a campaign. What sets its accounts apart from honest ones, the real thing that each difference
 * stands for, and the honest accounts that have it too (shares without a source are guesses):
 *
 * | difference | stands for | honest ones that have it too |
 * | --- | --- | --- |
 * | even volumes, every day (`log_sd`, `day_noise`) | quotas of a load balancer; relays take the least used account next | programs run by a clock: one API client in ten varies by less than 0.15 from day to day (ServeGen); 2 % of people; free plans, cut off at the same 50 calls |
 * | flat over the day | unattended work | programs (peak to trough 1.3 to 1.75) |
 * | few templates | published pipelines with fixed instructions | the same pipelines in 5 % of programs, few-shot benchmarks in 4 %, 3,000 texts of frameworks |
 * | the same tools and decoding | one pipeline behind all accounts | the same values among those that programs set; tools that a framework's users share |
 * | every first turn is long | tasks with their data | 30 % of chats, 25 % of agents' tasks, half of the programs |
 * | the same task under several accounts (`best_of`) | rejection sampling | copied prompts (Zipf; 4 % of chats), benchmarks run by many |
 * | rare header sets | relay software that writes headers anew | a third of the campaign's are of published gateways, which 4 % of honest accounts run |
 * | old clients (`lag_days`, `frozen`) | relays replay the first header set they saw | 12 % of agents' users do not update; a third of programs stay as deployed |
 * | header system against body system | one header set in front of many machines | containers, subsystems, SSH (6 % of agents' users), gateways (4 %) |
 * | many places behind one account (`reseller`) | resold access | second machines (20 %), shared subscriptions |
 * | one container everywhere (`environment`) | workers from one image | a quarter of the places on Linux are of a few well-known images |
 * | another address each call or session | pools of residential proxies | carriers, VPNs, relays (4 % of people at each call), functions and address translation (a third of programs) |
 * | hardly any IPv6 | addresses of version 4 are what is sold | 60 % of homes and phones |
 * | a card for several accounts | supply is bought in numbers | pairs, households, teams: 14 % of accounts, more than half of them on one card |
 * | prepaid or virtual cards of few issuers | programmes that sell in numbers | 7 % prepaid and 8 % virtual cards, of the same programmes; 15 % pay in advance |
 * | card of another country than the address | a card and an address bought apart | 6 % of cards |
 * | one shape of e-mail address | made by a script | names of much the same length at one provider; conventions of firms and universities |
 * | accounts made within days of each other | a supply made for the purpose | launches, spurts, classes, teams |
 * | a conversation goes on under another account (`handoff`) | failover of relays | two accounts of one person, teams |
 * | all to a new model within hours (`pivot`) | told of one campaign | a quarter of those who follow what their agent sets |
 * | nobody shows papers; half of the puzzles for people are solved (`solves`) | made-up people, puzzle services | see `solving.ts` |
 * | long answers | reasoning is what is wanted | none: sizes are those of recorded calls, and no trait reads them |
 */
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
      const solves = {
        ...drawSolves(streamOf(world, `${key} solves`), spec.solves),
        // Of the stream of the account, so that a change of what is solved changes nothing else.
        human: random.chance(spec.solves.human),
      }
      // Means are what a campaign plans with: a log-normal's median lies below its mean.
      const own =
        spec.calls_per_day * Math.exp(spec.log_sd * random.normal() - spec.log_sd ** 2 / 2)
      const daily = own * Math.exp(-(spec.day_noise ** 2) / 2)
      const installation = supply.installation(nth)
      const trajectories = spec.trajectory_calls > 1
      const common = {
        // A free plan ends for everybody at the same number.
        ...(spec.funding.kind === 'none' ? { dailyCap: FREE_CALLS_PER_DAY } : {}),
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
        installations: [installation] as const,
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
            ...headers,
            talk: createAgentTalk(world, streamOf(world, `${key} users`), {
              agent: templates.agent(random),
              workplaces: Array.from({ length: users }, () =>
                workplaceOf(machineOf(random, false), random),
              ),
              ask: agentAsking(world.texts),
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
