import type { Verdict } from '../core/decision.ts'
import type { Facts } from '../core/facts.ts'
import { LOST_VALUE } from '../core/recorded-call.ts'
import type { Backtest, Counts, LimitChange } from './backtest-report.ts'
import type { LimitForecast } from './limit-forecast.ts'

/** One entity of a backtest, told what becomes of its calls. */
export type BacktestEntity = {
  changed(from: Verdict, to: Verdict, harsher: boolean): void
  limitMet(limit: string, outcome: LimitForecast['outcome']): void
  /** One of its calls could not be judged and was let through before. */
  mayBeRefused(): void
}

type Outcome = LimitForecast['outcome']

type State = BacktestEntity & {
  proven: boolean | undefined
  refused: boolean
  unjudged: boolean
  readonly transitions: Set<string>
  /** Limits by what they would newly do. */
  readonly limits: { readonly [O in Outcome]: Set<string> }
}

const createState = (): State => {
  const state: State = {
    proven: undefined,
    refused: false,
    unjudged: false,
    transitions: new Set(),
    limits: { refused: new Set(), unjudged: new Set() },
    changed(from, to, harsher) {
      state.transitions.add(`${from} ${to}`)
      state.refused ||= harsher
    },
    limitMet(limit, outcome) {
      state.limits[outcome].add(limit)
      if (outcome === 'refused') state.refused = true
      else state.unjudged = true
    },
    mayBeRefused() {
      state.unjudged = true
    },
  }
  return state
}

/** Who stands behind a call: the entity, else the account; `undefined` where neither is recorded. */
const nameOf = (facts: Facts): string | undefined => {
  // A text that a record cut is another type in the sheet; two entities must not be taken for one.
  const entity: unknown = facts.known('account.entity')
  const account: unknown = facts.known('account.id')
  if (typeof entity === 'string') return entity
  return entity !== LOST_VALUE && typeof account === 'string' ? account : undefined
}

/** What a change does to each entity. */
export type BacktestEntities = {
  nameOf(facts: Facts): string | undefined
  /** The entity of a call, with what the call says about whether it is proven. */
  of(facts: Facts, proven: boolean | undefined): BacktestEntity | undefined
  /** A limit would newly do this to a call; `entity` is what {@link of} gave. */
  limitMet(limit: string, outcome: Outcome, entity: BacktestEntity | undefined): void
  countOf(from: Verdict, to: Verdict): Pick<Counts, 'entities' | 'proven'>
  limits(): readonly LimitChange[]
  counted(): Backtest['entities']
}

/** Keeps what a change does to each entity. An entity is proven if one of its calls shows it. */
export const createBacktestEntities = (): BacktestEntities => {
  const states = new Map<string, State>()
  const limitCalls = new Map<string, { refused: number; unjudged: number }>()

  const count = (holds: (state: State) => boolean): Pick<Counts, 'entities' | 'proven'> => {
    let entities = 0
    let proven = 0
    for (const state of states.values()) {
      if (!holds(state)) continue
      entities++
      if (state.proven === true) proven++
    }
    return { entities, proven }
  }

  return {
    nameOf,
    of(facts, proven) {
      const name = nameOf(facts)
      if (name === undefined) return undefined
      const state = states.get(name) ?? createState()
      states.set(name, state)
      if (proven !== undefined) state.proven = proven || state.proven === true
      return state
    },
    limitMet(limit, outcome, entity) {
      const calls = limitCalls.get(limit) ?? { refused: 0, unjudged: 0 }
      limitCalls.set(limit, calls)
      calls[outcome]++
      entity?.limitMet(limit, outcome)
    },
    countOf: (from, to) => count(({ transitions }) => transitions.has(`${from} ${to}`)),
    limits: () =>
      [...limitCalls].map(([limit, { refused, unjudged }]) => ({
        limit,
        refused: { calls: refused, ...count(({ limits }) => limits.refused.has(limit)) },
        unjudged: { calls: unjudged, ...count(({ limits }) => limits.unjudged.has(limit)) },
      })),
    counted: () => {
      const refused = count((state) => state.refused)
      return {
        seen: states.size,
        proven: count(() => true).proven,
        unknown: count(({ proven }) => proven === undefined).entities,
        changed: count(({ transitions }) => transitions.size > 0).entities,
        refused: refused.entities,
        refusedProven: refused.proven,
        unjudgedProven: count((state) => state.unjudged && !state.refused).proven,
      }
    },
  }
}
