import { DAY_MS } from '../core/time.ts'
import { accountLine, browserOf } from './account-lines.ts'
import { HABITS } from './archetypes.ts'
import { agentAsking, chatAsking } from './asking.ts'
import { createCaller } from './caller.ts'
import { machineOf } from './honest-clients.ts'
import type { Customer } from './honest.ts'
import { anyAddress } from './networks.ts'
import type { Places } from './places.ts'
import { thingName } from './prose.ts'
import { beta, createRandom } from './random.ts'
import { createRhythm } from './rhythm.ts'
import type { Caller } from './simulated-call.ts'
import { drawSolves, SOLVING } from './solving.ts'
import { createAgentTalk, createChatTalk } from './talks.ts'
import type { Templates } from './templates.ts'
import { workplaceOf } from './workplaces.ts'
import { stackNamed, streamOf, type Talk, type World } from './world.ts'

/** Users of one declared reseller. */
const USERS = 600
/** Of the reseller's calls, those made for nobody in particular: titles, checks. A guess. */
const UNNAMED = 0.03

/** What names an end user in a body: `user` (OpenAI) or `metadata.user_id` (Anthropic). */
const userField = (wire: World['wire'], name: string): string =>
  wire === 'openai' ? `"user":"${name}"` : `"metadata":{"user_id":"${name}"}`

/** The same talk with an end user named in each body. */
const named = (talk: Talk, wire: World['wire'], name: string): Talk => ({
  ...talk,
  begin: (atMs, machine) => {
    const conversation = talk.begin(atMs, machine)
    const { setup } = conversation
    const decode = [setup.decode, userField(wire, name)].filter((text) => text !== '').join()
    return { ...conversation, setup: { ...setup, decode } }
  },
})

/**
 * Declared resellers, one account for each 600 of `users`: all calls come from a few addresses with one
 * header set and are paid by one invoice; who uses them stands in the body.
 */
export function* resellers(
  world: World,
  templates: Templates,
  key: string,
  users: number,
): Generator<Customer> {
  for (let first = 0; first < users; first += USERS) {
    const random = createRandom(world.seed, `${key} reseller ${first}`)
    const id = world.newId(random)
    const range = world.networks.draw('hosting', random)
    const doors = [0, 1, 2, 3].map(() => anyAddress(range, random))
    const places: Places = {
      country: range.country,
      perCall: true,
      addressOf: () => random.pick(doors),
    }
    const name = thingName(random)
    const installation = world.install(
      stackNamed(world, 'openai-js'),
      { os: 'Linux', arch: 'x64' },
      random.below(5),
      ['X-Title', name],
    )
    // Its program and its papers are the same for all of its users; who sees a page is not.
    const solves = drawSolves(streamOf(world, `${key} reseller ${first} solves`), SOLVING.reseller)
    const callers = Array.from({ length: Math.min(USERS, users - first) }, (_, nth): Caller => {
      const own = streamOf(world, `${key} user ${first + nth}`)
      const kind = own.chance(0.35) ? 'agent' : 'chat'
      const talk =
        kind === 'agent'
          ? createAgentTalk(world, own, {
              agent: templates.agent(own),
              workplaces: [workplaceOf(machineOf(own, false), own)],
              ask: agentAsking(world.texts),
            })
          : createChatTalk(world, own, {
              system: own.chance(0.5) ? `You are ${name}. Answer in short.` : '',
              decode: '',
              ask: chatAsking(world.texts),
            })
      const habits = HABITS[kind]
      const [median, logSd] = habits.callsPerDay
      return createCaller({
        account: id,
        label: 'legit/reseller',
        solves: { ...solves, human: own.chance(SOLVING.reseller.human) },
        places,
        talk: own.chance(UNNAMED)
          ? talk
          : named(talk, world.wire, `u_${own.below(2 ** 31).toString(36)}`),
        installations: [installation],
        lagMs: 10 * DAY_MS,
        rhythm: createRhythm(
          {
            ...habits,
            fromMs: world.startMs,
            untilMs: world.endMs,
            zoneHours: own.below(12),
            callsPerDay: Math.min(world.maxCallsPerDay, own.logNormal(median, logSd)),
            dayNoise: 0.8,
            activeShare: beta(own, habits.active[0], habits.active[1]),
          },
          streamOf(world, `${key} user ${first + nth} rhythm`),
        ),
      })
    })
    const createdMs = world.startMs - random.between(60, 500) * DAY_MS
    const record = accountLine(
      {
        id,
        reseller: true,
        createdMs,
        signupIp: doors[0] ?? places.addressOf(0),
        userAgent: browserOf(random),
        emailPattern: `xxxxx@${name}.com`,
        emailDomain: `${name}.com`,
        country: places.country,
        status: 'active',
        verified: 'business',
        activeDays: Math.floor((world.startMs - createdMs) / DAY_MS),
        funding: { status: 'invoice', country: 'US', instrument: `invoice_${key}_${first}` },
        paidFromMs: createdMs,
        usd: 5_000,
      },
      world.endMs,
    )
    yield { record, callers }
  }
}
