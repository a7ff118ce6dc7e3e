import { DAY_MS } from '../core/time.ts'
import type { Archetype } from './archetypes.ts'
import { agentAsking, listAsking } from './asking.ts'
import type { Funding } from './cards.ts'
import { createHonest, type Customer, type Fixed } from './honest.ts'
import { workplacesOn } from './honest-work.ts'
import type { LookAlikeKind } from './look-alike-kinds.ts'
import { anyAddress } from './networks.ts'
import type { Places } from './places.ts'
import { prose, thingName } from './prose.ts'
import { createPeoplePlaces } from './places.ts'
import { createRandom } from './random.ts'
import { resellers } from './resellers.ts'
import { STUDENT_PATTERNS } from './mail.ts'
import { createAgentTalk, createAppTalk } from './talks.ts'
import type { Templates } from './templates.ts'
import type { KnownAgent } from './texts.ts'
import { streamOf, type World } from './world.ts'

/** A group of honest customers as a scenario asks for it. */
export type LookAlikeSpec = {
  readonly kind: LookAlikeKind
  readonly accounts: number
  readonly starts_day: number
  readonly days?: number | undefined
}

const CLASS_SIZE = 180
const BENCHMARK_CALLS = 3_000

/** One address for everybody. */
const oneDoor = (
  world: World,
  key: string,
  kind: 'corporate' | 'campus' | 'hosting',
  doors: number,
): Places => {
  const random = createRandom(world.seed, key)
  const range = world.networks.draw(kind, random)
  const base = anyAddress(range, random)
  const network = base.slice(0, base.lastIndexOf('.'))
  const own = createRandom(world.seed, `${key} doors`)
  return {
    country: range.country,
    addressOf: () => `${network}.${1 + (doors === 1 ? 0 : own.below(doors))}`,
  }
}

/** An agent that nobody knew before: a product that has just come out. */
const newProduct = (world: World, key: string): KnownAgent => {
  const random = createRandom(world.seed, key)
  const known = world.texts.agents[random.below(world.texts.agents.length)]
  return {
    name: thingName(random),
    stack: 'ai-sdk',
    system: `You are ${thingName(random)}, an agent that works beside its user. ${prose(random, 20)}`,
    tools: [...(known?.tools ?? []).slice(0, 3), [thingName(random).replace('-', '_'), 'query']],
  }
}

const agentOf =
  (agent: KnownAgent, sharedEnvironment = false): NonNullable<Fixed['talk']> =>
  (world, random, machines) =>
    createAgentTalk(world, random, {
      agent,
      ask: agentAsking(world.texts),
      workplaces: sharedEnvironment
        ? [{ folder: '/home/runner/work/app', platform: 'linux', osVersion: 'Linux 6.11.0-azure' }]
        : workplacesOn(machines, random),
    })

/** What member `nth` of a group has in common with the others, and what kind of customer it is. */
const memberOf = (
  world: World,
  spec: LookAlikeSpec & { readonly kind: Exclude<LookAlikeKind, 'reseller'> },
  key: string,
  nth: number,
): { kind: Archetype; fixed: Fixed } => {
  const draws = streamOf(world, `${key} ${nth} fixed`)
  const beginsMs = world.startMs + spec.starts_day * DAY_MS
  const untilMs = spec.days === undefined ? world.endMs : beginsMs + spec.days * DAY_MS
  const label = `legit/${spec.kind}`
  const old = world.startMs - draws.between(60, 500) * DAY_MS
  const invoice: Funding = { status: 'invoice', country: 'US', instrument: `invoice_${key}` }
  const ten = (name: string): Fixed => ({ label, untilMs, entity: `org_${name}` })
  switch (spec.kind) {
    case 'enterprise': {
      const agent = newProduct(world, `${key} prompt`)
      return {
        kind: 'seat',
        fixed: {
          ...ten(key),
          createdMs: old,
          places: oneDoor(world, key, 'corporate', 2),
          funding: invoice,
          emailDomain: `${key}.com`,
          verified: 'business',
          talk: agentOf(agent),
          stack: agent.stack,
        },
      }
    }
    case 'class': {
      const group = Math.floor(nth / CLASS_SIZE)
      const course = createRandom(world.seed, `${key} course ${group}`)
      const assignment = prose(course, 14)
      return {
        kind: 'chat',
        fixed: {
          label,
          createdMs: beginsMs + draws.unit() * 5 * DAY_MS,
          untilMs: Math.min(untilMs, beginsMs + 21 * DAY_MS),
          places: oneDoor(world, `${key} ${group}`, 'campus', 60),
          funding: { status: 'trial' },
          emailDomain: `campus${group}.edu`,
          // Courses of several universities may have the same shape.
          emailPattern: course.pick(STUDENT_PATTERNS),
          sideWork: false,
          callsPerDay: draws.logNormal(14, 0.6),
          activeShare: 0.55,
          stack: 'openai-py',
          extraHeaders: [],
          talk: (of, random) =>
            createAppTalk(of, random, {
              system: 'You are a helpful assistant. Answer in the form that the exercise asks for.',
              decode: '"temperature":0',
              maxTokens: 512,
              input: (own) => `${assignment}\nMy attempt: ${prose(own, 2)}`,
            }),
        },
      }
    }
    case 'popular':
    case 'spurt': {
      const agent = world.texts.agents[0] ?? newProduct(world, key)
      const createdMs = spec.kind === 'popular' ? undefined : beginsMs + draws.unit() * 40 * DAY_MS
      return {
        kind: 'agent',
        fixed: {
          label,
          ...(createdMs === undefined ? {} : { createdMs }),
          talk: agentOf(agent),
          stack: agent.stack,
          extraHeaders: [],
        },
      }
    }
    case 'launch': {
      const agent = newProduct(world, `${key} product`)
      return {
        kind: 'agent',
        fixed: {
          label,
          createdMs: beginsMs + draws.unit() * 7 * DAY_MS,
          talk: agentOf(agent),
          stack: agent.stack,
          extraHeaders: ['X-Title', agent.name],
          staleness: { lagMs: 0 },
        },
      }
    }
    case 'evaluator': {
      return {
        kind: 'batch',
        fixed: {
          label,
          createdMs: world.startMs - 20 * DAY_MS,
          verified: 'business',
          callsPerDay: Math.min(BENCHMARK_CALLS, 4 * world.maxCallsPerDay),
          activeShare: 1,
          dayNoise: 0.05,
          talk: (of, random) =>
            createAppTalk(of, random, {
              system: '',
              decode: '"temperature":0',
              maxTokens: 1024,
              input: listAsking(world.texts.benchmarks, random),
            }),
        },
      }
    }
    case 'autoscaled': {
      const door = createRandom(world.seed, `${key} ${nth} cloud`)
      const range = world.networks.draw('hosting', door)
      return {
        kind: 'app',
        fixed: {
          label,
          createdMs: old,
          verified: 'business',
          places: { country: range.country, addressOf: () => anyAddress(range, door) },
        },
      }
    }
    case 'ci': {
      const agent = world.texts.agents[1] ?? newProduct(world, key)
      return {
        kind: 'agent',
        fixed: {
          ...ten(key),
          createdMs: old,
          places: oneDoor(world, key, 'hosting', 200),
          verified: 'business',
          funding: invoice,
          activeShare: 1,
          dayNoise: 0.1,
          talk: agentOf(agent, true),
          stack: agent.stack,
          machines: [{ os: 'Linux', arch: 'x64' }],
          sideWork: false,
        },
      }
    }
    case 'roaming':
      return {
        kind: 'chat',
        fixed: {
          label,
          places: createPeoplePlaces(world.networks, draws, {
            residential: 0,
            mobile: 0.7,
            hosting: 0,
            corporate: 0,
            vpn: 0.3,
            campus: 0,
          }),
        },
      }
    case 'family':
      return {
        kind: 'agent',
        fixed: {
          label,
          entity: `home_${key}_${nth}`,
          machines: [
            { os: 'MacOS', arch: 'arm64' },
            { os: 'Windows', arch: 'x64' },
            { os: 'Linux', arch: 'x64' },
          ],
        },
      }
  }
}

/** The customers of one group. */
export function* lookAlikes(
  world: World,
  templates: Templates,
  spec: LookAlikeSpec,
  nth: number,
  accounts: number,
): Generator<Customer> {
  const key = `g${createRandom(world.seed, `group ${nth}`)
    .below(2 ** 31)
    .toString(36)}`
  const { kind: group } = spec
  if (group === 'reseller') {
    yield* resellers(world, templates, key, accounts)
    return
  }
  for (let at = 0; at < accounts; at++) {
    const { kind, fixed } = memberOf(world, { ...spec, kind: group }, key, at)
    yield createHonest(world, templates, `${key} ${at}`, kind, fixed)
  }
}
