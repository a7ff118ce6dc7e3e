import type { Verdict } from '../core/decision.ts'
import type { ChangedCall, Counts, Transition } from './backtest-report.ts'

const EXAMPLES = 5

/** From what costs a caller nothing to what costs it most. */
const HARSHNESS: { readonly [V in Verdict]: number } = {
  allow: 0,
  challenge: 1,
  throttle: 2,
  deny: 3,
}

/** Whether the second verdict is worse for the caller than the first. */
export const isHarsher = (from: Verdict, to: Verdict): boolean => HARSHNESS[to] > HARSHNESS[from]

/** Counts changed verdicts and keeps the newest of each kind. */
export const createTransitions = (): {
  add(call: ChangedCall): void
  /** `entitiesOf` says how many entities a change met. */
  counted(
    entitiesOf: (from: Verdict, to: Verdict) => Pick<Counts, 'entities' | 'proven'>,
  ): readonly Transition[]
  examples(): readonly ChangedCall[]
} => {
  const found = new Map<string, { calls: number; newest: ChangedCall[] }>()
  return {
    add(call) {
      const key = `${call.from} ${call.to}`
      const entry = found.get(key) ?? { calls: 0, newest: [] }
      found.set(key, entry)
      entry.calls++
      const { newest } = entry
      const last = newest.at(-1)
      if (newest.length >= EXAMPLES && last !== undefined && last.atMs >= call.atMs) return
      newest.push(call)
      newest.sort((a, b) => b.atMs - a.atMs)
      newest.length = Math.min(newest.length, EXAMPLES)
    },
    counted: (entitiesOf) =>
      [...found.values()]
        .flatMap(({ calls, newest: [first] }) =>
          first === undefined
            ? []
            : [{ from: first.from, to: first.to, calls, ...entitiesOf(first.from, first.to) }],
        )
        .toSorted((a, b) => b.calls - a.calls),
    examples: () =>
      [...found.values()].flatMap(({ newest }) => newest).toSorted((a, b) => b.atMs - a.atMs),
  }
}
