// Memory and pace of the velocity tables at a million accounts, each with three calls from a network of its
// own. Run with `node --expose-gc`; prints one JSON line.
import { Facts } from '../../src/core/facts.ts'
import { createVelocity } from '../../src/signals/velocity.ts'
import { aCall } from '../support/a-call.ts'
import { anEvent } from '../support/an-event.ts'

const ACCOUNTS = 1_000_000
const CALLS = 3
const READS = 1_000_000
const START_MS = Date.UTC(2026, 3, 22)

const heldBytes = (): number => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const networkOfAccount = (i: number): string => `${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`
const sheetOf = (i: number): Facts => {
  const facts = new Facts()
  facts.add({
    'account.known': true,
    'account.id': `acct_${i}`,
    'account.entity': `acct_${i}`,
    'caller.network': networkOfAccount(i),
    'ip.asn': 1000 + (i % 500),
    'ip.country': 'DE',
  })
  return facts
}

const template = anEvent({
  totalMs: 2_000,
  settled: { inputTokens: 300, outputTokens: 600, nanoUsd: 0 },
})
const velocity = createVelocity({ maxAccounts: ACCOUNTS })
const heldBefore = heldBytes()
const rssBefore = process.memoryUsage().rss
let learnNs = 0n
for (let n = 0; n < CALLS; n++) {
  for (let i = 0; i < ACCOUNTS; i++) {
    const atMs = START_MS + n * 3_600_000 + i
    const event = { ...template, facts: sheetOf(i), arrival: { ...template.arrival, atMs } }
    const from = process.hrtime.bigint()
    velocity.sink.accept(event)
    learnNs += process.hrtime.bigint() - from
  }
}
const stats = velocity.stats()
const heldAfter = heldBytes()
const rssAfter = process.memoryUsage().rss

const sheets = Array.from({ length: 5_000 }, (_, n) => {
  const i = (n * 197) % ACCOUNTS
  const atMs = START_MS + CALLS * 3_600_000
  const caller = { address: '203.0.113.7', network: networkOfAccount(i) }
  return { call: aCall({ atMs, caller }), facts: sheetOf(i) }
})
let found = 0
const readFrom = performance.now()
for (let n = 0; n < READS; n++) {
  const sheet = sheets[n % sheets.length]
  if (sheet === undefined) continue
  const findings = velocity.source.read(sheet.call, sheet.facts)
  if ('velocity.requests_1d' in findings) found += Number(findings['velocity.requests_1d'])
}
const readNs = ((performance.now() - readFrom) * 1e6) / READS

console.log(
  JSON.stringify({
    accounts: stats.accounts,
    networks: stats.networks,
    table_bytes_per_account: Math.round(stats.bytes / ACCOUNTS),
    held_bytes_per_account: Math.round((heldAfter - heldBefore) / ACCOUNTS),
    rss_bytes_per_account: Math.round((rssAfter - rssBefore) / ACCOUNTS),
    learn_ns: Math.round(Number(learnNs) / (ACCOUNTS * CALLS)),
    read_ns: Math.round(readNs),
    counted_all: found === READS * CALLS,
  }),
)
