import { DAY_MS } from '../core/time.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { accountLine, browserOf } from './account-lines.ts'
import { DAY_NOISE, HABITS, type Archetype } from './archetypes.ts'
import { createCaller } from './caller.ts'
import type { Funding } from './cards.ts'
import type { Machine } from './header-stacks.ts'
import {
  clientOn,
  extraHeadersOf,
  machineOf,
  ownStack,
  stalenessOf,
  type Staleness,
} from './honest-clients.ts'
import { programTalk, workOf } from './honest-work.ts'
import { mailOf } from './mail.ts'
import { createPeoplePlaces, createServerPlaces, type Places } from './places.ts'
import { beta, type Random } from './random.ts'
import { createRhythm, type RhythmSpec } from './rhythm.ts'
import { drawSolves, SOLVING, type SolvingShares } from './solving.ts'
import type { Caller } from './simulated-call.ts'
import type { Templates } from './templates.ts'
import type { Tie } from './ties.ts'
import { zoneOf } from './zones.ts'
import { streamOf, type Talk, type World } from './world.ts'

/** A customer of a simulation: its line in the accounts file, and its calls. */
export type Customer = { readonly record: AccountRecord; readonly callers: readonly Caller[] }

/** What a look-alike fixes of an otherwise ordinary customer. */
export type Fixed = {
  readonly label?: string
  readonly createdMs?: number
  /** Last call, where it leaves before the end. */
  readonly untilMs?: number
  readonly entity?: string
  readonly places?: Places
  readonly funding?: Funding
  readonly emailDomain?: string
  readonly emailPattern?: string
  readonly disposable?: boolean
  readonly verified?: 'none' | 'email' | 'phone' | 'business' | 'identity'
  readonly callsPerDay?: number
  readonly activeShare?: number
  readonly dayNoise?: number
  readonly stack?: string
  readonly extraHeaders?: readonly string[]
  readonly machines?: readonly [Machine, ...Machine[]]
  readonly staleness?: Staleness
  readonly talk?: (world: World, random: Random, machines: readonly Machine[]) => Talk
  readonly zoneHours?: number
  /** `false` for one that does nothing but what the group is known for. */
  readonly sideWork?: boolean
  readonly solving?: SolvingShares
}

const MEAN_TENURE_DAYS = 250
/** Share of people who have paid since about the day they came, and of those who first used it for free. */
const PAYS = 0.75
const PAID_LATER = 0.15
/** Share of payers who pay in advance, card or not. A guess; at some providers it is all of them. */
const TOPS_UP = 0.15
const MAX_REDRAWS = 50
/** Calls a day of a free plan, as a well-known router of models has it; from memory. */
export const FREE_CALLS_PER_DAY = 50
/** Variation from day to day below which a program runs by the clock, on every day. */
const STEADY_CV = 0.15
/** People whose calls are made by a clock: digests, checks, translations of the night. A guess. */
const CLOCKWORK_PEOPLE = 0.02
/** People with a second machine, and with a program of their own beside what they work with. Guesses. */
const SECOND_MACHINE = 0.2
const SIDE_WORK = 0.12
/** Customers who call through a gateway or relay of their own, on a server of their own. A guess. */
const GATEWAY = 0.04

const volumeOf = (world: World, kind: Archetype, random: Random): number => {
  const [median, usual] = HABITS[kind].callsPerDay
  const logSd = kind === 'app' ? world.programs.logSd : usual
  for (let redraw = 0; redraw < MAX_REDRAWS; redraw++) {
    const volume = random.logNormal(median, logSd)
    if (volume <= world.maxCallsPerDay) return volume
  }
  return world.maxCallsPerDay * random.unit()
}

/** Days of one account against each other: people by habit, programs as measured, some by the clock. */
const daysOf = (
  world: World,
  random: Random,
  server: boolean,
): { readonly dayNoise: number; readonly clockwork: boolean } => {
  if (!server) {
    const clockwork = random.chance(CLOCKWORK_PEOPLE)
    return { dayNoise: clockwork ? 0.05 : DAY_NOISE * random.between(0.5, 1.4), clockwork }
  }
  const cv = world.programs.dayCv(random)
  return { dayNoise: Math.sqrt(Math.log(1 + cv ** 2)), clockwork: cv < STEADY_CV }
}

const fundingOf = (
  world: World,
  random: Random,
  how: { readonly pays: boolean; readonly business: boolean; readonly country: string | undefined },
  card: Funding | undefined,
): Funding => {
  const { pays, business, country } = how
  if (!pays) return { status: random.chance(0.7) ? 'trial' : 'none' }
  if (card === undefined && business && random.chance(0.4)) {
    return { status: 'invoice', ...(country === undefined ? {} : { country }) }
  }
  const paid = card ?? world.cards.ordinary(random, country)
  return random.chance(TOPS_UP) ? { ...paid, status: 'prepaid' } : paid
}

/** Makes one honest customer of a kind out of a stream of its own. */
export const createHonest = (
  world: World,
  templates: Templates,
  key: string,
  kind: Archetype,
  fixed: Fixed = {},
  tie?: Tie,
): Customer => {
  const random = streamOf(world, key)
  const id = world.newId(random)
  const server = kind === 'app' || kind === 'batch'
  const ageDays = -Math.log(1 - random.unit()) * MEAN_TENURE_DAYS
  const createdMs = Math.floor(fixed.createdMs ?? tie?.createdMs ?? world.endMs - ageDays * DAY_MS)
  const gateway = fixed.stack === undefined && random.chance(GATEWAY)
  const places =
    fixed.places ??
    (server || gateway
      ? createServerPlaces(
          world.networks,
          random,
          1 + Math.floor(random.logNormal(gateway ? 1 : 5, 0.9)),
        )
      : (tie?.places ?? createPeoplePlaces(world.networks, random)))
  const { country } = places
  const machine = tie?.machine ?? machineOf(random, server)
  const machines =
    fixed.machines ??
    (!server && random.chance(SECOND_MACHINE)
      ? ([machine, machineOf(random, false)] as const)
      : ([machine] as const))
  const work = workOf(world, templates, kind, random, { id, machines, tie })
  const talk = fixed.talk?.(world, streamOf(world, `${key} talk`), machines) ?? work.talk
  const extra = fixed.extraHeaders ?? (work.updates ? [] : extraHeadersOf(random))
  const staleness = fixed.staleness ?? stalenessOf(world, random, work.updates)
  const client = clientOn(world, random, {
    stack: fixed.stack ?? work.stack,
    machines,
    extra,
    gateway,
  })

  const habits = HABITS[kind]
  const { dayNoise, clockwork } = daysOf(world, random, server)
  const gapCv = server ? world.programs.gapCv(random) : undefined
  const activeShare =
    fixed.activeShare ?? (clockwork ? 1 : beta(random, habits.active[0], habits.active[1]))
  const pays = tie?.card !== undefined || (kind !== 'idle' && random.chance(PAYS))
  const business = server ? random.chance(0.4) : random.chance(0.06)
  const funding = fixed.funding ?? fundingOf(world, random, { pays, business, country }, tie?.card)
  const isFree = funding.status === 'trial' || funding.status === 'none'
  const rhythm: RhythmSpec = {
    ...habits,
    // Jobs of a clock run at the same times of every day, mostly by UTC.
    ...(clockwork
      ? { weekend: 1, timesOfDay: random.pick([1, 1, 2, 4, 24, 48]) }
      : gapCv === undefined
        ? {}
        : { gapCv }),
    ...(isFree ? { dailyCap: FREE_CALLS_PER_DAY } : {}),
    fromMs: Math.max(world.startMs, createdMs + 60_000),
    untilMs: Math.min(world.endMs, fixed.untilMs ?? Infinity),
    zoneHours: fixed.zoneHours ?? (clockwork ? 0 : zoneOf(country)),
    callsPerDay: fixed.callsPerDay ?? volumeOf(world, kind, random),
    dayNoise: fixed.dayNoise ?? dayNoise,
    activeShare,
  }
  const solves = drawSolves(random, fixed.solving ?? (server ? SOLVING.program : SOLVING.person))
  const label = fixed.label ?? `legit/${kind}`
  const common = { account: id, label, solves, places }
  const callers = [
    createCaller({
      ...common,
      ...client,
      ...staleness,
      rhythm: createRhythm(rhythm, streamOf(world, `${key} rhythm`)),
      talk,
    }),
  ]
  if (!server && kind !== 'idle' && fixed.sideWork !== false && random.chance(SIDE_WORK)) {
    const own = streamOf(world, `${key} side`)
    callers.push(
      createCaller({
        ...common,
        ...clientOn(world, own, { stack: ownStack(world, own), machines: [machine], extra: [] }),
        ...stalenessOf(world, own, false),
        talk: programTalk(world, templates, own),
        rhythm: createRhythm(
          {
            ...rhythm,
            ...HABITS.app,
            gapCv: world.programs.gapCv(own),
            callsPerDay: Math.min(world.maxCallsPerDay, own.logNormal(8, 1.2)),
            activeShare: activeShare * 0.7,
          },
          streamOf(world, `${key} side rhythm`),
        ),
      }),
    )
  }

  const daysBefore = Math.max(0, (world.startMs - createdMs) / DAY_MS)
  const freeDays = random.chance(PAID_LATER) ? -Math.log(1 - random.unit()) * 60 : random.below(10)
  const mail = tie?.mail ?? mailOf(random, business)
  const usd = Math.round(random.logNormal(20, 0.9)) + 5
  const record = accountLine(
    {
      id,
      ...(fixed.entity === undefined ? {} : { entity: fixed.entity }),
      createdMs,
      signupIp: places.addressOf(0),
      userAgent: browserOf(random),
      emailPattern: `${fixed.emailPattern ?? mail.pattern}@${fixed.emailDomain ?? mail.domain}`,
      emailDomain: fixed.emailDomain ?? mail.domain,
      disposable: fixed.disposable ?? false,
      country,
      status: isFree ? 'trial' : 'active',
      verified: fixed.verified ?? (business ? 'business' : random.chance(0.35) ? 'phone' : 'email'),
      activeDays: Math.round(daysBefore * activeShare * (kind === 'agent' ? 0.84 : 0.95)),
      funding,
      paidFromMs: isFree ? undefined : createdMs + freeDays * DAY_MS,
      // Most pay round sums.
      usd: random.chance(0.6) ? Math.max(5, 5 * Math.round(usd / 5)) : usd,
    },
    world.endMs,
  )
  return { record, callers }
}
