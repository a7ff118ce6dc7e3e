// What one event costs its process: serialised, logged, counted. Run with node; prints one JSON line a part.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { createDecisionLog } from '../../src/sinks/decision-log.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import { createFanOut } from '../../src/sinks/fan-out.ts'
import { createMetrics } from '../../src/sinks/metrics.ts'
import { aLimitState, anEvent, aRuling, someFacts } from '../support/an-event.ts'

const EVENTS = 200_000
const limits = [1, 2, 3, 4, 5, 6].map((n) => aLimitState({ limit: `limit-number-${n}` }))
const busyFacts = someFacts({
  'caller.client': 'openai-js/7.55.0',
  'caller.stack': 'AbCdEfGhIjKlMnOpQrStUv',
  'account.entity': 'org_1',
  'account.active_days': 12,
  'account.status': 'active',
  'account.plan': 'team',
  'account.country': 'FR',
  'account.verified': 'email',
  'account.email_domain': 'example.org',
  'account.email_disposable': false,
  'payment.status': 'card',
  'payment.funding': 'credit',
  'payment.country': 'FR',
  'payment.instrument': 'ZyXwVuTsRqPoNmLkJiHgFe',
  'payment.settled_count': 3,
  'payment.settled_usd': 60,
  'ip.kind': 'residential',
  'ip.anonymous': false,
  'request.kind': 'generate',
  'request.candidates': 1,
  'request.tools': 0,
  'request.reasoning': false,
  'request.input_tokens_estimate': 812,
  'velocity.requests_1m': 3,
  'velocity.requests_1h': 20,
  'velocity.requests_1d': 26,
  'velocity.tokens_1d': 40_210,
  'clearance.kind': 'none',
  'upstream.pressure': 0.125,
})
const event = anEvent({ facts: busyFacts, ruling: aRuling({ rule: 'default' }, limits) })

const measure = (part: string, run: () => void): void => {
  for (let at = 0; at < EVENTS / 10; at++) run()
  const startMs = performance.now()
  for (let at = 0; at < EVENTS; at++) run()
  const us = ((performance.now() - startMs) * 1000) / EVENTS
  console.log(JSON.stringify({ part, us_per_event: Number(us.toFixed(3)) }))
}

const hash = createKeyedHash(Buffer.alloc(32, 1), 'bench')
for (const addresses of ['full', 'network', 'hash'] as const) {
  const record = createDecisionRecord({ addresses, hash })
  console.log(JSON.stringify({ addresses, record_bytes: record(event).length }))
  measure(`record (${addresses})`, () => record(event))
}
const spare = createDecisionRecord({ addresses: 'network', hash })
const plain: unknown = JSON.parse(spare(event))
measure('JSON.stringify of the parsed record', () => JSON.stringify(plain))

const metrics = createMetrics({ version: 'bench' })
measure('metrics', () => metrics.sink.accept(event))

const directory = await mkdtemp(join(tmpdir(), 'stillwatch-bench-'))
let dropped = 0
const log = createDecisionLog({
  directory,
  clock: { now: () => Date.now() },
  bufferBytes: 512 * 1024 * 1024,
  onDrop: (count) => {
    dropped += count
  },
})
const accepted = {
  name: 'decisions',
  accept: (taken: typeof event) => log.append(spare(taken)),
  close: () => log.close(),
}
const fanOut = createFanOut({
  sinks: [accepted, metrics.sink],
  queueLength: EVENTS,
  onDrop: (_, count) => {
    dropped += count
  },
})
const cpu = process.threadCpuUsage()
const startMs = performance.now()
// As calls come: some in each turn of the loop, with the sinks in between.
for (let at = 0; at < EVENTS; at++) {
  fanOut.accept(event)
  if (at % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
}
await fanOut.close()
const wallMs = performance.now() - startMs
const { user, system } = process.threadCpuUsage(cpu)
console.log(
  JSON.stringify({
    part: 'fan-out, record, log on disk, metrics',
    events_per_s: Math.round((EVENTS / wallMs) * 1000),
    own_thread_user_us_per_event: Number((user / EVENTS).toFixed(2)),
    own_thread_system_us_per_event: Number((system / EVENTS).toFixed(2)),
    dropped,
  }),
)
await rm(directory, { recursive: true })
