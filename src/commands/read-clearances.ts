import { clearanceFindings } from '../challenges/clearance-source.ts'
import { createCorrectionsSource } from '../challenges/corrections-source.ts'
import { statedCorrections } from '../challenges/step-up-message.ts'
import type { Call } from '../core/call.ts'
import type { Clearance } from '../core/challenge.ts'
import { Facts, type FactName, type Findings } from '../core/facts.ts'
import { formatDuration } from '../core/time.ts'
import { askAdmin, type AdminRefusal } from './ask-admin.ts'
import { clearancesAnswer, type ToldClearance } from './clearances-wire.ts'
import { EXIT } from './exit.ts'

/** Facts of the clearances of an account, or one sentence about why a guard did not tell them. */
export type ClearanceFacts =
  | {
      readonly ok: true
      readonly facts: Findings
      /** Sentences about what could not be told. */
      readonly notes: readonly string[]
    }
  | AdminRefusal

const AT_MOST = 1_000

const TOLD: ReadonlySet<string> = new Set<FactName>([
  'clearance.kind',
  'clearance.age_s',
  'clearance.bound',
  'clearance.held',
  'clearance.refused',
])

const NOTHING_COUNTED = {
  issued1h: 0,
  issued1d: 0,
  solved1d: 0,
  networkIssued1d: 0,
  networkSolved1d: 0,
  stackIssued1d: 0,
  stackSolved1d: 0,
}

/** What a described call shares with the guard: its ASN. Networks and credentials are hashed with a key of the guard. */
const isComparable = ({ bound }: ToldClearance): boolean => bound.every((one) => one === 'asn')

const clearanceOf = (told: ToldClearance, subject: string): Clearance => ({
  id: told.id,
  kind: told.kind,
  subject,
  state: told.state,
  atMs: Date.parse(told.at),
  expiresMs: Date.parse(told.expires_at),
  // Of a guard that does not tell it: a number that no network has.
  bound: told.bound.includes('asn') ? { asn: told.bound_asn ?? -1 } : {},
  facts: statedCorrections(told.facts),
  ...(told.decision !== undefined && { decision: told.decision }),
})

const noteOn = ({ kind, at, bound }: ToldClearance, nowMs: number): string =>
  `The account holds ${kind}, ${formatDuration(nowMs - Date.parse(at))} ago, bound to ${bound.join(', ')}: whether this call comes from there cannot be told here, so it is not counted.`

/**
 * Asks a running guard which challenges an account has passed, and says what it would find of them for a
 * described call now, corrections of a step-up included. One that is bound to more than an ASN is left out
 * and named. A guard that knows no such thing has no facts: they stay unknown. Never rejects.
 */
export const readClearances = async (
  admin: string,
  account: string,
  about: { readonly call: Call; readonly facts: Facts; readonly nowMs: number },
): Promise<ClearanceFacts> => {
  const { call, nowMs } = about
  const path = `/api/v1/accounts/${encodeURIComponent(account)}/clearances?limit=${AT_MOST}`
  const answer = await askAdmin(admin, path)
  if (!answer.ok) {
    return answer.exit === EXIT.problems ? { ok: true, facts: {}, notes: [] } : answer
  }
  const parsed = clearancesAnswer.safeParse(answer.body)
  if (!parsed.success) {
    const what = `what answers at ${new URL(admin).origin} does not speak of clearances as this version does`
    return { ok: false, exit: EXIT.failed, what }
  }
  const { clearances: told, degraded } = parsed.data
  const subject = `a:${account}`
  const held = told.filter(isComparable).map((one) => clearanceOf(one, subject))
  const clearances = { of: () => held, take: () => false }
  const clock = { now: () => nowMs }
  const facts = new Facts(about.facts.values)
  facts.set('account.id', account)
  const found = clearanceFindings(
    { clearances, clock, counts: { of: () => NOTHING_COUNTED }, hashNetwork: () => '' },
    call,
    facts,
  )
  const corrected = await createCorrectionsSource({ clearances, clock }).read(call, facts)
  const left = told.filter((one) => one.state === 'granted' && !isComparable(one))
  return {
    ok: true,
    // How many challenges were issued is not among what a guard tells of an account.
    facts: {
      ...Object.fromEntries(Object.entries(found).filter(([name]) => TOLD.has(name))),
      ...corrected,
    },
    notes: [
      ...left.map((one) => noteOn(one, nowMs)),
      ...(degraded.length === 0
        ? []
        : ['The store of clearances did not answer: these are those that guard has heard of.']),
    ],
  }
}
