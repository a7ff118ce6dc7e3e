import { DAY_MS } from '../core/time.ts'
import type { DialectName } from '../core/call.ts'

/** One kind of caller of the demo: who it is, where it calls from and what it does. */
export type Persona = {
  readonly name: string
  /** What to watch for. */
  readonly about: string
  readonly accounts: readonly DemoAccount[]
  /** Addresses it calls from, taken by turns. */
  readonly addresses: readonly string[]
  readonly dialect: DialectName
  readonly model: string
  readonly stream: boolean
  /** Milliseconds between two of its calls, on average. */
  readonly everyMs: number
  /** Whether its program solves the puzzles it is challenged with. */
  readonly solves?: boolean
}

/** An account of the demo, as a line of the accounts file. */
export type DemoAccount = {
  readonly id: string
  readonly credential: string
  /** The line, `undefined` for a credential nobody knows. */
  readonly line: object | undefined
}

const account = (id: string, nowMs: number, days: number, more: object): DemoAccount => ({
  id,
  credential: `sk-demo-${id}`,
  line: {
    id,
    credentials: [`sk-demo-${id}`],
    created_at: nowMs - days * DAY_MS,
    ...more,
  },
})

const paid = (nowMs: number, times: number): object[] =>
  Array.from({ length: times }, (_, at) => ({ at: nowMs - (at + 1) * 30 * DAY_MS, usd: 120 }))

/**
 * The population of the demo. Addresses are picked for what the packaged sample country data and the
 * demo's own list of proxy networks say about them; nobody there is accused of anything.
 */
export const personas = (nowMs: number): readonly Persona[] => [
  {
    name: 'paying customers',
    about: 'old accounts that pay: allowed, five times the limits',
    accounts: ['acme', 'globex', 'initech'].map((id) =>
      account(id, nowMs, 400, {
        settled: paid(nowMs, 6),
        account: { status: 'active', verified: 'business', active_days: 210, country: 'DE' },
        payment: { status: 'invoice', country: 'DE', disputes: 0 },
      }),
    ),
    addresses: ['141.1.1.1', '84.200.70.40'],
    dialect: 'openai',
    model: 'chat-large',
    stream: true,
    everyMs: 700,
  },
  {
    name: 'trial user',
    about: 'a new account in a loop: allowed until its small limit, then told how long to wait',
    accounts: [
      account('newbie', nowMs, 2, {
        account: { status: 'trial', verified: 'email', active_days: 2, country: 'FR' },
        payment: { status: 'trial' },
      }),
    ],
    addresses: ['80.10.246.2'],
    dialect: 'anthropic',
    model: 'chat-small',
    stream: false,
    everyMs: 350,
  },
  {
    name: 'embargoed address',
    about: 'a paying account from a sanctioned network: denied',
    accounts: [
      account('traveller', nowMs, 200, {
        settled: paid(nowMs, 3),
        account: { status: 'active', verified: 'identity', active_days: 90, country: 'SE' },
        payment: { status: 'card', country: 'SE' },
      }),
    ],
    addresses: ['175.45.176.10'],
    dialect: 'openai',
    model: 'chat-large',
    stream: false,
    everyMs: 4_000,
  },
  {
    name: 'frontier without papers',
    about: 'a paying but unverified account asks for a restricted model: denied',
    accounts: [
      account('curious', nowMs, 90, {
        settled: paid(nowMs, 2),
        account: { status: 'active', verified: 'email', active_days: 25, country: 'IN' },
        payment: { status: 'card', country: 'IN' },
      }),
    ],
    addresses: ['49.44.79.236'],
    dialect: 'gemini',
    model: 'frontier-1',
    stream: false,
    everyMs: 3_000,
  },
  {
    name: 'fresh accounts behind proxies',
    about:
      'twelve accounts made yesterday, each a light caller: asked for proof of work, which they ignore, or denied',
    accounts: Array.from({ length: 12 }, (_, at) =>
      account(`fresh-${at + 1}`, nowMs, 1, {
        signup: { at: nowMs - DAY_MS, email_pattern: 'xxxx99@mail.example' },
        account: {
          status: 'trial',
          verified: 'email',
          active_days: 1,
          country: 'US',
          email_disposable: at % 3 === 0,
        },
        payment: { status: 'none', instrument_entities: at % 3 === 0 ? 12 : 2 },
      }),
    ),
    addresses: ['198.51.100.14', '198.51.100.77', '198.51.100.201'],
    dialect: 'openai',
    model: 'chat-large',
    stream: false,
    everyMs: 900,
  },
  {
    name: 'newcomers behind a VPN',
    about: 'as new, with a client that solves the puzzle: challenged once each, then allowed',
    accounts: ['ada', 'grace', 'edsger'].map((id) =>
      account(id, nowMs, 3, {
        account: { status: 'trial', verified: 'email', active_days: 3, country: 'NL' },
        payment: { status: 'none' },
      }),
    ),
    addresses: ['198.51.100.42'],
    dialect: 'openai',
    model: 'chat-large',
    stream: true,
    everyMs: 2_500,
    solves: true,
  },
  {
    name: 'key guesser',
    about: 'credentials nobody knows: they share one small bucket of their network',
    accounts: Array.from({ length: 200 }, (_, at) => ({
      id: `guess-${at}`,
      credential: `sk-guess-${at.toString(36)}`,
      line: undefined,
    })),
    addresses: ['203.0.113.50'],
    dialect: 'openai',
    model: 'chat-small',
    stream: false,
    everyMs: 500,
  },
]

/** Members of a campaign that was found before the demo began. */
export const campaignMembers = (accounts: readonly DemoAccount[], about: string): Persona => ({
  name: 'members of a campaign',
  about,
  accounts,
  addresses: ['141.1.1.77', '84.200.70.99', '80.10.246.80'],
  dialect: 'openai',
  model: 'chat-large',
  stream: false,
  everyMs: 1_500,
})

/** Networks of the demo that are known as rented proxies. */
export const PROXY_NETWORKS: readonly string[] = ['198.51.100.0/24']
