import { z } from 'zod'

const count = z.int('not a whole number; write one of at least 1').min(1).max(10_000_000)
const share = z.number().min(0).max(1)
const days = z.number().min(0).max(400)

/** Name of a campaign or scenario. */
export const NAME: z.ZodString = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'not a name; write up to 40 small letters, digits and dashes')

/**
 * What one campaign does. Every key has the value of a naive one as its default, so that a variant names
 * only what it does better.
 */
export const CAMPAIGN = z.strictObject({
  name: NAME,
  accounts: count,
  /** Day on which its first accounts begin. */
  starts_day: days.default(0),
  /** Days it goes on; to the end where absent. */
  days: days.optional(),
  /** Calls of an account on a middling day; arithmetic mean over accounts. */
  calls_per_day: z.number().positive().max(100_000).default(26),
  /** Spread of that between accounts, on a log scale. */
  log_sd: z.number().min(0).max(4).default(0.15),
  /** Spread from day to day, on a log scale. */
  day_noise: z.number().min(0).max(4).default(0.1),
  active_share: share.default(0.97),
  weekends: z.boolean().default(true),
  signup: z
    .strictObject({
      /** Accounts are made one after another over so many days; 0 is all at once. */
      over_days: days.default(7),
      /** How long before its first call an account is made. */
      lead_days: days.default(1),
      /** Share of accounts that were bought, made 90 to 400 days before. */
      aged_share: share.default(0),
    })
    .prefault({}),
  stacks: z
    .strictObject({
      count: count.default(3),
      /** Copies of what popular agents send, byte for byte, instead of relay software's own. */
      popular: z.boolean().default(false),
      /** How far behind the newest release. */
      lag_days: days.default(30),
      /** Whether the version stays what it was on the first day. */
      frozen: z.boolean().default(true),
    })
    .prefault({}),
  templates: z
    .strictObject({
      from: z.enum(['pipeline', 'agent', 'own']).default('pipeline'),
      count: count.default(5),
      /** Share of words that each account puts otherwise. */
      paraphrase: share.default(0),
      tools: z.enum(['none', 'same', 'renamed']).default('none'),
      /** Where its agents say they run. */
      environment: z.enum(['none', 'identical', 'random', 'account']).default('none'),
    })
    .prefault({}),
  addresses: z
    .strictObject({
      mode: z.enum(['call', 'session', 'sticky']).default('call'),
      /** Prefixes of the pool. */
      pool: count.default(100_000),
      asns: count.default(4_000),
      kind: z.enum(['residential', 'mobile', 'hosting', 'vpn']).default('residential'),
    })
    .prefault({}),
  funding: z
    .strictObject({
      kind: z.enum(['credit', 'debit', 'prepaid', 'none']).default('prepaid'),
      accounts_per_card: count.default(8),
      /** Card issuers that it buys from; ordinary banks where absent. */
      issuers: count.optional(),
      /** Payments that settle, a month apart. */
      payments: z.int().min(0).max(60).default(1),
    })
    .prefault({ issuers: 4 }),
  email: z.enum(['pattern', 'domain', 'ordinary']).default('pattern'),
  work: z.enum(['generate', 'grade', 'mixed', 'agentic']).default('generate'),
  /** Calls of one trajectory; 1 is single questions. */
  trajectory_calls: count.default(1),
  /** Chance that a trajectory goes on under another account. */
  handoff: share.default(0),
  /** Whether every call of a trajectory may go through another account. */
  balance: z.enum(['session', 'call']).default('session'),
  best_of: z
    .strictObject({
      /** Accounts that answer the same task. */
      k: z.int().min(1).max(64).default(1),
      paraphrase: share.default(0),
    })
    .prefault({}),
  reseller: z
    .strictObject({
      /** Share of calls that real users of resold access make. */
      share: share.default(0),
      users: z.tuple([count, count]).default([3, 20]),
    })
    .prefault({}),
  regrowth: z
    .strictObject({
      /** Refusals in a row after which an account is given up. */
      after_refusals: count.default(20),
      delay_hours: z.number().min(0).max(10_000).default(24),
      /** Accounts in stock, made evenly over the days, against those that begin. */
      stock: z.number().min(0).max(20).default(1),
    })
    .optional(),
  pivot: z
    .strictObject({
      share: share.default(0),
      within_hours: z.number().min(0).max(10_000).default(24),
    })
    .prefault({}),
  diurnal: z.enum(['flat', 'one_zone', 'per_account']).default('flat'),
  /** Shares of its accounts that answer each kind of challenge; see `solving.ts` for what stands behind them. */
  solves: z
    .strictObject({
      proof_of_work: share.default(1),
      human: share.default(0.5),
      step_up: share.default(0),
    })
    .prefault({}),
})

/** A campaign of a scenario, with its defaults filled in. */
export type CampaignSpec = z.output<typeof CAMPAIGN>
