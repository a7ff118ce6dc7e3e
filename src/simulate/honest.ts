import { DAY_MS } from '../core/time.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { accountLine, browserOf, cardOf, personPattern, type Funding } from './account-lines.ts'
import { DAY_NOISE, HABITS, type Archetype } from './archetypes.ts'
import { createCaller } from './caller.ts'
import { HEADER_STACKS, type HeaderStack, type Machine } from './header-stacks.ts'
import { createPeoplePlaces, createServerPlaces, type Places } from './places.ts'
import { thingName } from './prose.ts'
import { beta, weighted, type Random } from './random.ts'
import { createRhythm } from './rhythm.ts'
import type { Caller } from './simulated-call.ts'
import { createAgentTalk, createAppTalk, createChatTalk, workplaceOf } from './talks.ts'
import type { Templates } from './templates.ts'
import { zoneOf } from './zones.ts'
import { streamOf, type Talk, type World } from './world.ts'

/** A customer of a simulation: its line in the accounts file, and its calls. */
export type Customer = { readonly record: AccountRecord; readonly caller: Caller }

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
  readonly stack?: HeaderStack
  readonly extraHeaders?: readonly string[]
  readonly machine?: Machine
  readonly lagMs?: number
  readonly talk?: (world: World, random: Random, machine: Machine) => Talk
  readonly zoneHours?: number
}

const MEAN_TENURE_DAYS = 250
/** Share of people who have paid since about the day they came. */
const PAYS = 0.75
const MAX_REDRAWS = 50

const MAIL = [
  'gmail.com',
  'outlook.com',
  'yahoo.com',
  'icloud.com',
  'proton.me',
  'gmx.de',
  'qq.com',
]

/** A developer's machine. */
export const machineOf = (random: Random, server: boolean): Machine => {
  const os = weighted(
    random,
    server
      ? { Linux: 0.96, MacOS: 0.01, Windows: 0.03 }
      : { Linux: 0.3, MacOS: 0.45, Windows: 0.25 },
  )
  return { os, arch: os === 'MacOS' ? 'arm64' : random.chance(0.1) ? 'arm64' : 'x64' }
}

/** Weights of header sets among programs that customers wrote themselves. */
const OWN_STACKS: { readonly [name: string]: number } = {
  'openai-py': 0.34,
  'openai-js': 0.2,
  'openai-async-py': 0.12,
  'ai-sdk': 0.1,
  fetch: 0.05,
  axios: 0.05,
  requests: 0.06,
  'node-fetch': 0.02,
  got: 0.01,
  curl: 0.03,
  urllib: 0.02,
}

/** A header set by name. */
export const stackNamed = (name: string): HeaderStack => {
  const found = HEADER_STACKS.find((stack) => stack.name === name) ?? HEADER_STACKS[0]
  if (found === undefined) throw new RangeError('no header sets')
  return found
}

/** Headers that applications add of their own accord. */
export const extraHeadersOf = (random: Random): string[] => {
  if (random.chance(0.65)) return []
  const name = thingName(random)
  return random.pick([
    ['HTTP-Referer', `https://${name}.example`, 'X-Title', name],
    ['OpenAI-Organization', `org-${random.below(1e9).toString(36)}`],
    ['X-Client-Name', name],
    [`x-${name.split('-')[0] ?? 'app'}-client`, '1'],
    ['OpenAI-Project', `proj_${random.below(1e9).toString(36)}`],
    ['X-Title', name],
  ])
}

const DECODES = [
  '',
  '"temperature":0',
  '"temperature":0.2',
  '"temperature":0.7',
  '"temperature":0.7,"stream":true',
  '"stream":true',
  '"temperature":0.3,"top_p":0.9',
  '"temperature":1,"top_p":0.95',
]
const CAPS = [256, 512, 1000, 1024, 2000, 2048, 4096]

const talkOf = (
  world: World,
  templates: Templates,
  kind: Archetype,
  random: Random,
  machine: Machine,
): { talk: Talk; stack: string | undefined } => {
  if (kind === 'agent' || kind === 'seat') {
    const agent = templates.agent(random)
    const workplaces = Array.from({ length: 1 + random.below(3) }, () =>
      workplaceOf(machine, random),
    )
    return { talk: createAgentTalk(world, random, { agent, workplaces }), stack: agent.stack }
  }
  const draw = random.unit()
  const system = draw < 0.5 ? templates.framework(random) : draw < 0.9 ? templates.own(random) : ''
  const decode = random.pick(DECODES)
  const talk =
    kind === 'app' || kind === 'batch'
      ? createAppTalk(world, random, { system, decode, maxTokens: random.pick(CAPS) })
      : createChatTalk(world, random, { system, decode })
  return { talk, stack: undefined }
}

const volumeOf = (world: World, kind: Archetype, random: Random): number => {
  const [median, usual] = HABITS[kind].callsPerDay
  const logSd = kind === 'app' ? world.appLogSd : usual
  for (let redraw = 0; redraw < MAX_REDRAWS; redraw++) {
    const volume = random.logNormal(median, logSd)
    if (volume <= world.maxCallsPerDay) return volume
  }
  return world.maxCallsPerDay * random.unit()
}

/** Makes one honest customer of a kind out of a stream of its own. */
export const createHonest = (
  world: World,
  templates: Templates,
  key: string,
  kind: Archetype,
  fixed: Fixed = {},
): Customer => {
  const random = streamOf(world, key)
  const id = world.newId(random)
  const server = kind === 'app' || kind === 'batch'
  const ageDays = -Math.log(1 - random.unit()) * MEAN_TENURE_DAYS
  const createdMs = Math.floor(fixed.createdMs ?? world.endMs - ageDays * DAY_MS)
  const places =
    fixed.places ??
    (server
      ? createServerPlaces(world.networks, random, 1 + Math.floor(random.logNormal(5, 0.9)))
      : createPeoplePlaces(world.networks, random))
  const country = places.country
  const machine = fixed.machine ?? machineOf(random, server)
  const spoken = talkOf(world, templates, kind, random, machine)
  const talk = fixed.talk?.(world, streamOf(world, `${key} talk`), machine) ?? spoken.talk
  const stack = fixed.stack ?? stackNamed(spoken.stack ?? weighted(random, OWN_STACKS))
  const extra = fixed.extraHeaders ?? (spoken.stack === undefined ? extraHeadersOf(random) : [])
  // Agents update themselves, half of them within three days; programs are pinned for weeks.
  const lagMs =
    fixed.lagMs ?? -Math.log(1 - random.unit()) * (spoken.stack === undefined ? 70 : 4.3) * DAY_MS
  const habits = HABITS[kind]
  const activeShare = fixed.activeShare ?? beta(random, habits.active[0], habits.active[1])
  const rhythm = createRhythm(
    {
      ...habits,
      fromMs: Math.max(world.startMs, createdMs + 60_000),
      untilMs: Math.min(world.endMs, fixed.untilMs ?? Infinity),
      zoneHours: fixed.zoneHours ?? zoneOf(country),
      callsPerDay: fixed.callsPerDay ?? volumeOf(world, kind, random),
      dayNoise: fixed.dayNoise ?? DAY_NOISE,
      activeShare,
    },
    streamOf(world, `${key} rhythm`),
  )
  const pays = kind !== 'idle' && random.chance(PAYS)
  const business = server ? random.chance(0.4) : random.chance(0.06)
  const funding: Funding =
    fixed.funding ??
    (pays
      ? business && random.chance(0.4)
        ? { status: 'invoice', ...(country === undefined ? {} : { country }) }
        : cardOf(random, world.issuerRank(random), country)
      : { status: random.chance(0.7) ? 'trial' : 'none' })
  const daysBefore = Math.max(0, (world.startMs - createdMs) / DAY_MS)
  const paidFromMs =
    funding.status === 'card' || funding.status === 'invoice'
      ? createdMs + random.below(10) * DAY_MS
      : undefined
  const emailDomain =
    fixed.emailDomain ?? (business ? `${thingName(random)}.com` : random.pick(MAIL))
  const record = accountLine(
    {
      id,
      ...(fixed.entity === undefined ? {} : { entity: fixed.entity }),
      createdMs,
      signupIp: places.addressOf(0),
      userAgent: browserOf(random),
      emailPattern: `${fixed.emailPattern ?? personPattern(random)}@${emailDomain}`,
      emailDomain,
      disposable: fixed.disposable ?? false,
      country,
      status: paidFromMs === undefined ? 'trial' : 'active',
      verified: fixed.verified ?? (business ? 'business' : random.chance(0.35) ? 'phone' : 'email'),
      activeDays: Math.round(daysBefore * activeShare * (kind === 'agent' ? 0.84 : 0.95)),
      funding,
      paidFromMs,
      usd: Math.round(random.logNormal(20, 0.9)) + 5,
    },
    world.endMs,
  )
  const caller = createCaller({
    account: id,
    label: fixed.label ?? `legit/${kind}`,
    solves: { proof_of_work: true, human: true, step_up: !random.chance(0.03) },
    rhythm,
    places,
    talk,
    installation: world.install(stack, machine, random.below(5), extra),
    lagMs,
  })
  return { record, caller }
}
