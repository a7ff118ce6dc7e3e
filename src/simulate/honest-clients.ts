import { DAY_MS } from '../core/time.ts'
import { gatewayOf } from './gateways.ts'
import type { Machine } from './header-stacks.ts'
import { thingName } from './prose.ts'
import { weighted, type Random } from './random.ts'
import { stackNamed, type World } from './world.ts'

/** A developer's machine, or a server. */
export const machineOf = (random: Random, server: boolean): Machine => {
  const os = weighted(
    random,
    server
      ? { Linux: 0.96, MacOS: 0.01, Windows: 0.03 }
      : { Linux: 0.3, MacOS: 0.45, Windows: 0.25 },
  )
  return { os, arch: os === 'MacOS' ? 'arm64' : random.chance(0.1) ? 'arm64' : 'x64' }
}

/** Weights of header sets among programs that customers wrote themselves; those not captured are left out. */
const OWN_STACKS: { readonly [name: string]: number } = {
  'openai-py': 0.34,
  'openai-js': 0.2,
  'openai-async-py': 0.12,
  'ai-sdk': 0.1,
  'anthropic-js': 0.3,
  fetch: 0.05,
  axios: 0.05,
  requests: 0.06,
  'node-fetch': 0.02,
  got: 0.01,
  curl: 0.03,
  urllib: 0.02,
  wget: 0.002,
  'node-http': 0.01,
  'http-client': 0.01,
  'mistral-js': 0.002,
}

/** Name of the client of a program that a customer wrote. */
export const ownStack = (world: World, random: Random): string =>
  weighted(
    random,
    Object.fromEntries(world.stacks.map(({ name }) => [name, OWN_STACKS[name] ?? 0])),
  )

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

/** How far behind a client is, and since when it stays so. */
export type Staleness = { readonly lagMs: number; readonly frozenAtMs?: number }

/** Agents that do not update: images of a firm, systems that ship an old one, updates turned off. A guess. */
const STALE_AGENTS = 0.12
/** Programs that stay as deployed. A guess: most are redeployed within months. */
const FROZEN_PROGRAMS = 0.35

/** Agents update themselves, half of them within three days; programs are pinned for weeks or for ever. */
export const stalenessOf = (world: World, random: Random, updates: boolean): Staleness => {
  const days = -Math.log(1 - random.unit())
  if (!updates) {
    const lagMs = days * 70 * DAY_MS
    return random.chance(FROZEN_PROGRAMS) ? { lagMs, frozenAtMs: world.startMs } : { lagMs }
  }
  return random.chance(STALE_AGENTS)
    ? { lagMs: days * 60 * DAY_MS, ...(random.chance(0.4) ? { frozenAtMs: world.startMs } : {}) }
    : { lagMs: days * 4.3 * DAY_MS }
}

const SERVER: Machine = { os: 'Linux', arch: 'x64' }

/** Renders the header set of a client on each of its machines, and says which of them begins a session. */
export const clientOn = (
  world: World,
  random: Random,
  client: {
    readonly stack: string
    readonly machines: readonly [Machine, ...Machine[]]
    readonly extra: readonly string[]
    /** Whether it calls through a gateway, which writes headers of its own. */
    readonly gateway?: boolean
  },
): {
  readonly installations: readonly [ReturnType<World['install']>, ...ReturnType<World['install']>[]]
  readonly machineOf: () => number
} => {
  const { stack: name, extra, gateway = false } = client
  const stack = gateway ? gatewayOf(world, random) : stackNamed(world, name)
  const [first, ...others] = gateway ? ([SERVER] as const) : client.machines
  const on = (machine: Machine): ReturnType<World['install']> =>
    world.install(stack, machine, random.below(5), extra)
  return {
    installations: [on(first), ...others.map(on)],
    // The second machine is the one used less.
    machineOf: () =>
      others.length > 0 && random.chance(0.35) ? 1 + random.below(others.length) : 0,
  }
}
