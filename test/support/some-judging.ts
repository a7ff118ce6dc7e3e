import { createBacktesting } from '../../src/http/admin/backtesting.ts'
import type { Judging } from '../../src/http/admin/judging.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { NO_SWITCHES } from '../../src/policy/switches.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import { aPolicy } from './a-policy.ts'
import { judgedEvent, paidTwice } from './recorded-calls.ts'

/** A policy with the rule `r-1`. */
const aRule = (): Policy => aPolicy(`rules: [{ id: r-1, when: 'ip.anonymous', then: deny }]`)

/** A policy in force, without switches, and with no records to try changes over unless told. */
export const someJudging = (changes: Partial<Judging> = {}): Judging => {
  const policy = changes.current?.() ?? aRule()
  return {
    current: () => policy,
    switches: () => NO_SWITCHES,
    compile: (documents) => compilePolicy(documents),
    confirmAbove: 0,
    backtesting: createBacktesting({
      segments: '/nowhere',
      queries: {
        query: () =>
          Promise.resolve({ ok: true, value: { records: [], next: undefined, partial: false } }),
      },
      current: () => policy,
      isProven: paidTwice(),
    }),
    ...changes,
  }
}

/** The whole record of a call that this policy has allowed; its decision is `id-1`. */
export const aWholeRecord = (): string =>
  createDecisionRecord({ addresses: 'network', hash: (text) => text })(judgedEvent(aRule(), 1))
