import type { Call } from '../core/call.ts'
import { FACT_SLOT, Facts, UNKNOWN, Unknown, type FactName, type Findings } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { SignalSource } from '../core/seams.ts'
import { answerInTime, type Answer } from './answer-in-time.ts'
import { createRequestFacts } from './request-facts.ts'

/** Told of a source that did not answer in time or broke, for metrics; `error` only for `failed`. */
export type OnMiss = (source: string, why: 'late' | 'failed', error?: unknown) => void

/** What {@link createGather} needs. */
export type GatherOptions = {
  readonly sources: readonly SignalSource[]
  /** Keyed hash for the one purpose of client stacks. */
  readonly stackHash: KeyedHash
  /** Headers that a trusted edge adds, lower case: no property of the client. */
  readonly edgeHeaders?: readonly string[]
  readonly onMiss?: OnMiss
}

/** Facts of a call; a promise only where a source needed one. Never throws, never rejects. */
export type Gather = (call: Call) => Facts | Promise<Facts>

type Asked = {
  readonly source: SignalSource
  readonly places: readonly { readonly name: FactName; readonly slot: number }[]
}

/** What sources of wave 0 are handed in place of the sheet: they read the call alone. */
const NO_FACTS = new Facts()
Object.freeze(NO_FACTS.values)

const isPromise = (answer: unknown): answer is Promise<Findings> =>
  // Property access on an unknown object; a primitive or a nothing is sorted out by its type first.
  typeof answer === 'object' &&
  answer !== null &&
  typeof (answer as { readonly then?: unknown }).then === 'function'

/** What a correcting source knows stands, whoever knew something else; what it does not know changes nothing. */
const correct = (facts: Facts, { places }: Asked, answer: Answer): void => {
  if (answer instanceof Unknown) return
  for (const { name, slot } of places) {
    const found = answer[name]
    if (found !== undefined && !(found instanceof Unknown)) facts.values[slot] = found
  }
}

/** Takes an answer into the sheet. What is known stays; a failure is not hidden by an absence. */
const take = (facts: Facts, asked: Asked, answer: Answer): void => {
  if (asked.source.corrects === true) return correct(facts, asked, answer)
  const { values } = facts
  for (const { name, slot } of asked.places) {
    const before = values[slot]
    if (!(before instanceof Unknown)) continue
    const found = answer instanceof Unknown ? answer : (answer[name] ?? UNKNOWN.absent)
    if (found instanceof Unknown && before !== UNKNOWN.no_source && before !== UNKNOWN.absent) {
      continue
    }
    values[slot] = found
  }
}

/**
 * Fills the sheet of a call: the request itself, then every source of wave 0 side by side, then those of
 * wave 1, which may read the sheet. Stays synchronous while every source answers at once. A promise is
 * given the budget of its source; what comes later is dropped and can no longer reach the sheet. Where
 * several sources provide a fact, the first of them that knows it counts.
 */
export const createGather = (options: GatherOptions): Gather => {
  const requestFacts = createRequestFacts(options)
  const miss: OnMiss = (source, why, error) => {
    try {
      options.onMiss?.(source, why, error)
    } catch {
      // Whoever counts misses must not be able to break a call.
    }
  }
  const asked = options.sources.map((source) => ({
    source,
    places: source.provides.map((name) => ({ name, slot: FACT_SLOT[name] })),
  }))
  const waves = [
    asked.filter(({ source }) => source.wave === 0),
    asked.filter(({ source }) => source.wave === 1),
  ] as const

  const ask = ({ source }: Asked, call: Call, seen: Facts): Answer | Promise<Findings> => {
    try {
      const answer = source.read(call, seen)
      // A source that breaks its own types counts as failed; the types are checked by the compiler only.
      if (typeof answer === 'object' && answer !== null) return answer
      throw new TypeError('the source answered nothing')
    } catch (error) {
      miss(source.name, 'failed', error)
      return UNKNOWN.failed
    }
  }

  /** Takes the answers in the order of the sources, so that arrival order decides nothing. */
  const takeAll = async (
    wave: readonly Asked[],
    answers: readonly (Answer | Promise<Findings> | undefined)[],
    facts: Facts,
  ): Promise<boolean> => {
    const settled = await Promise.all(
      wave.map((one, i) => {
        const answer = answers[i]
        if (!isPromise(answer)) return Promise.resolve(answer)
        return answerInTime(answer, one.source.budgetMs, (why, error) => {
          miss(one.source.name, why, error)
        })
      }),
    )
    settled.forEach((answer, i) => {
      const one = wave[i]
      if (answer !== undefined && one !== undefined) take(facts, one, answer)
    })
    return settled.includes(UNKNOWN.late)
  }

  /** `undefined` where every source answered at once, else whether one was late. */
  const askWave = (
    wave: readonly Asked[],
    call: Call,
    seen: Facts,
    facts: Facts,
  ): Promise<boolean> | undefined => {
    let answers: (Answer | Promise<Findings> | undefined)[] | undefined
    for (let i = 0; i < wave.length; i++) {
      const one = wave[i]
      if (one === undefined) continue
      const answer = ask(one, call, seen)
      if (answers === undefined) {
        if (!isPromise(answer)) {
          take(facts, one, answer)
          continue
        }
        answers = []
      }
      answers[i] = answer
    }
    return answers === undefined ? undefined : takeAll(wave, answers, facts)
  }

  const second = (call: Call, facts: Facts): Facts | Promise<Facts> =>
    // A late source of wave 1 still holds the sheet it was handed; the call goes on with a copy.
    askWave(waves[1], call, facts, facts)?.then((late) =>
      late ? new Facts(facts.values) : facts,
    ) ?? facts

  return (call) => {
    const facts = new Facts()
    requestFacts(call, facts)
    const pending = askWave(waves[0], call, NO_FACTS, facts)
    return pending === undefined ? second(call, facts) : pending.then(() => second(call, facts))
  }
}
