import { DAY_MS } from '../core/time.ts'
import { chatAsking } from './asking.ts'
import { createHonest, type Customer } from './honest.ts'
import { createPeoplePlaces } from './places.ts'
import { createRandom } from './random.ts'
import { SOLVING } from './solving.ts'
import { createChatTalk } from './talks.ts'
import type { Templates } from './templates.ts'
import type { World } from './world.ts'

const TRIAL_DAYS = 7
const ACCOUNTS_PER_ABUSER = 6

/** People who make account after account for the free credit of each: abuse, but no distillation. */
export function* trialAbusers(
  world: World,
  templates: Templates,
  accounts: number,
): Generator<Customer> {
  const fromMs = world.startMs - TRIAL_DAYS * DAY_MS
  for (let at = 0; at < accounts; at++) {
    const person = Math.floor(at / ACCOUNTS_PER_ABUSER)
    const own = createRandom(world.seed, `trial person ${person}`)
    const draws = createRandom(world.seed, `trial ${at}`)
    const places = createPeoplePlaces(world.networks, own)
    const createdMs = fromMs + draws.unit() * (world.endMs - fromMs)
    const machine = { os: 'Windows', arch: 'x64' } as const
    const pattern = `xxxxx${'9'.repeat(1 + own.below(4))}`
    const system = own.chance(0.4)
      ? templates.framework(own)
      : own.chance(0.5)
        ? templates.own(own)
        : ''
    const card = own.chance(0.3) ? world.cards.ordinary(own, places.country, 'prepaid') : undefined
    yield createHonest(world, templates, `trial ${at} account`, 'chat', {
      label: 'abuse/trial',
      createdMs,
      untilMs: createdMs + TRIAL_DAYS * DAY_MS,
      places,
      machines: [machine],
      sideWork: false,
      solving: SOLVING.trial,
      funding: card === undefined ? { status: 'trial' } : { ...card, status: 'trial' },
      emailPattern: pattern,
      disposable: own.chance(0.5),
      callsPerDay: draws.logNormal(15, 0.9),
      activeShare: 0.7,
      talk: (of, random) =>
        createChatTalk(of, random, { system, decode: '', ask: chatAsking(of.texts) }),
    })
  }
}
