/**
 * What a backtest of 10,000 recorded calls with the shipped policies takes, how late the event loop is
 * meanwhile and without one, and how long the smallest change of a refused call is searched for.
 *
 *     node test/bench/backtest.ts
 */
import { readdirSync, readFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { createBacktesting } from '../../src/http/admin/backtesting.ts'
import { compilePolicy } from '../../src/policy/compile.ts'
import { decide } from '../../src/policy/decide.ts'
import { outcomeQuestion } from '../../src/policy/explain-recorded.ts'
import { smallestChange } from '../../src/policy/smallest-change.ts'
import { withSwitches } from '../../src/policy/switches.ts'
import { aDecisionLog, judgedEvent, paidTwice, recordedCall } from '../support/recorded-calls.ts'

const CALLS = 10_000
const ROUNDS = 5
const folder = new URL('../../config/policies/', import.meta.url)

const compiled = compilePolicy(
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('.cases.yaml'))
    .map((file) => ({ file, source: readFileSync(new URL(file, folder), 'utf8') })),
)
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems.slice(0, 3)))
const { policy } = compiled

const findingsOf = (n: number): Findings => ({
  'account.id': `acct_${n % 997}`,
  'account.entity': `org_${n % 499}`,
  'account.status': 'active',
  'account.country': 'FR',
  'account.verified': 'none',
  'account.age_days': n % 90,
  'account.active_days': 40,
  'payment.settled_count': n % 3,
  'payment.verified': n % 3 > 0,
  'payment.status': 'card',
  'payment.instrument_entities': 1,
  'ip.kind': n % 7 === 0 ? 'vpn' : 'residential',
  'ip.anonymous': n % 7 === 0,
  'request.kind': 'generate',
  'request.candidates': 1 + (n % 7),
  'velocity.networks_1d': 3,
  'velocity.countries_1d': 1,
  'clearance.kind': 'none',
})

/** Milliseconds that timers of one millisecond were late while something went on. */
const latenessOf = async (work: () => Promise<unknown>): Promise<string> => {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  const ms = (nanos: number): string => (nanos / 1e6).toFixed(1)
  return `p50 ${ms(delay.percentile(50))} ms, p99 ${ms(delay.percentile(99))} ms, worst ${ms(delay.max)} ms`
}

const root = mkdtempSync(join(tmpdir(), 'stillwatch-bench-'))
const events = Array.from({ length: CALLS }, (_, n) => judgedEvent(policy, n, findingsOf(n)))
const { segments, index } = await aDecisionLog(root, events)
const backtesting = createBacktesting({
  segments,
  queries: index,
  current: () => policy,
  isProven: paidTwice(),
})
const after = withSwitches(policy, new Map([['unproven-many-candidates', { mode: 'enforce' }]]))

for (let round = 0; round < ROUNDS; round++) {
  const result = await backtesting.run(after)
  if (result === 'busy') throw new Error('busy')
  const { ms, bytes } = result.window
  const changed = result.transitions.map(({ from, to, calls }) => `${from} to ${to}: ${calls}`)
  console.log(
    `backtest of ${result.calls} calls, ${(bytes / 1e6).toFixed(1)} MB: ${ms.toFixed(0)} ms; ${changed.join(', ')}`,
  )
}
console.log(`event loop idle:            ${await latenessOf(() => pause(500))}`)
console.log(`event loop with a backtest: ${await latenessOf(() => backtesting.run(after))}`)

const refused = recordedCall(
  judgedEvent(policy, 0, { ...findingsOf(0), 'ip.kind': 'tor', 'payment.settled_count': 0 }),
)
const again = decide(policy, new Facts(refused.facts.values))
for (let round = 0; round < ROUNDS; round++) {
  const startedMs = performance.now()
  const found = smallestChange(policy, refused.facts, outcomeQuestion(policy, refused, again))
  const tookMs = performance.now() - startedMs
  console.log(
    `smallest change of a ${again.verdict} by ${again.rule}: ${tookMs.toFixed(1)} ms, ${found.tried} decisions, ${found.changes.length} found`,
  )
}
await index.close()
rmSync(root, { recursive: true, force: true })
