/** One way a campaign goes about it, as a change to a naive one in the words of a scenario. */
export type Variant = {
  readonly name: string
  readonly change: { readonly [key: string]: unknown }
  /** Not expected to be found: what it takes is bounded by budgets, not by detection. */
  readonly expectedMiss?: true
}

const sticky = { addresses: { mode: 'sticky', asns: 4000 } }
const ownCards = { funding: { kind: 'credit', accounts_per_card: 1, issuers: 400 } }
const agents = { from: 'agent', count: 3, tools: 'same' }
const longWork = { work: 'agentic', trajectory_calls: 40, calls_per_day: 26 }

/** What everybody hides at once, and nothing shared is left. */
const diversified = {
  ...sticky,
  ...ownCards,
  email: 'ordinary',
  stacks: { popular: true, count: 8, lag_days: 0, frozen: false },
  templates: {
    from: 'own',
    count: 100_000,
    paraphrase: 0.6,
    tools: 'none',
    environment: 'account',
  },
  signup: { over_days: 10, lead_days: 20 },
  log_sd: 0.8,
  day_noise: 0.8,
  active_share: 0.6,
  diurnal: 'per_account',
}

/** Every way of evading that is measured, one or more settings each. */
export const VARIANTS: readonly Variant[] = [
  { name: 'A1 naive', change: {} },
  { name: 'A2 pool of 1e6, each call', change: { addresses: { pool: 1_000_000 } } },
  {
    name: 'A2 pool of 1e6, each session',
    change: { addresses: { pool: 1_000_000, mode: 'session' } },
  },
  { name: 'A3 one address each', change: sticky },
  { name: 'A4 own cards', change: ownCards },
  {
    name: 'A4 own prepaid cards',
    change: { funding: { kind: 'prepaid', accounts_per_card: 1, issuers: 4 } },
  },
  { name: 'A5 20 stacks', change: { stacks: { count: 20 } } },
  { name: 'A5 200 stacks', change: { stacks: { count: 200 } } },
  {
    name: 'A5 popular clients',
    change: { stacks: { popular: true, count: 5, lag_days: 0, frozen: false } },
  },
  {
    name: 'A5 popular clients, 60 d old',
    change: { stacks: { popular: true, count: 5, lag_days: 60 } },
  },
  { name: 'A6 1 template', change: { templates: { count: 1 } } },
  { name: 'A6 20 templates', change: { templates: { count: 20 } } },
  { name: 'A6 200 templates', change: { templates: { count: 200 } } },
  { name: 'A6 own wording, 30 %', change: { templates: { paraphrase: 0.3 } } },
  { name: 'A6 own wording, 60 %', change: { templates: { paraphrase: 0.6 } } },
  {
    name: 'A7 popular agent, one container',
    change: { ...sticky, templates: { ...agents, environment: 'identical' } },
  },
  {
    name: 'A7 popular agent, random place',
    change: { ...sticky, templates: { ...agents, environment: 'random' } },
  },
  { name: 'A8 log-sd 0.5', change: { log_sd: 0.5, day_noise: 0.4, active_share: 0.7 } },
  { name: 'A8 log-sd 0.8', change: { log_sd: 0.8, day_noise: 0.8, active_share: 0.7 } },
  {
    name: 'A8 log-sd 1.0',
    change: { log_sd: 1, day_noise: 0.8, active_share: 0.5, weekends: false },
  },
  { name: 'A9 one time zone', change: { diurnal: 'one_zone' } },
  { name: 'A9 zone of each account', change: { diurnal: 'per_account' } },
  { name: 'A10 best of 4', change: { best_of: { k: 4 } } },
  { name: 'A10 best of 4, paraphrased 30 %', change: { best_of: { k: 4, paraphrase: 0.3 } } },
  { name: 'A10 best of 4, paraphrased 60 %', change: { best_of: { k: 4, paraphrase: 0.6 } } },
  { name: 'A11 long work, no hand-off', change: { ...longWork, ...sticky } },
  { name: 'A11 long work, hand-off 5 %', change: { ...longWork, ...sticky, handoff: 0.05 } },
  { name: 'A11 long work, hand-off 20 %', change: { ...longWork, ...sticky, handoff: 0.2 } },
  { name: 'A11 each call elsewhere', change: { ...longWork, balance: 'call' } },
  { name: 'A12 resold, 50 %', change: { ...sticky, reseller: { share: 0.5 } } },
  { name: 'A12 resold, 90 %', change: { ...sticky, reseller: { share: 0.9 } } },
  { name: 'A14 regrowth in 1 h', change: { regrowth: { delay_hours: 1 } } },
  { name: 'A14 regrowth in 24 h', change: { regrowth: { delay_hours: 24 } } },
  { name: 'A15 pivot 50 %', change: { pivot: { share: 0.5, within_hours: 24 } } },
  { name: 'A15 pivot 90 %', change: { pivot: { share: 0.9, within_hours: 24 } } },
  { name: 'A18 diversified in everything', change: diversified, expectedMiss: true },
]

/** Sizes of a campaign that are reported. */
export const SIZES: readonly number[] = [50, 150, 500, 2500]
