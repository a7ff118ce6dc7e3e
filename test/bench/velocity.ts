// Memory and pace of the velocity tables at a million accounts, each with three calls from a network of its
// own; then what one sighting costs to tell and to hear, over a hundred thousand accounts and networks (more
// than keyed hashes are remembered for). Run with `node --expose-gc`; prints one JSON line each.
import { Facts } from '../../src/core/facts.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { batchText, parseBatch, sightingText } from '../../src/signals/sighting-text.ts'
import { sightingOf, type Sighting } from '../../src/signals/sighting.ts'
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
const hashNetwork = createKeyedHash(new Uint8Array(32), 'network')
const velocity = createVelocity({ maxAccounts: ACCOUNTS, hashNetwork })
const heldBefore = heldBytes()
const rssBefore = process.memoryUsage().rss
let learnNs = 0n
for (let n = 0; n < CALLS; n++) {
  for (let i = 0; i < ACCOUNTS; i++) {
    const atMs = START_MS + n * 3_600_000 + i
    const event = { ...template, facts: sheetOf(i), arrival: { ...template.arrival, atMs } }
    const from = process.hrtime.bigint()
    const sighting = sightingOf(event, { hashNetwork })
    if (sighting !== undefined) velocity.learn(sighting)
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

const TOLD = 100_000
const ROUNDS = 5
const BATCH = 100
const NOW_MS = START_MS + 12 * 3_600_000

const events = Array.from({ length: TOLD }, (_, i) => ({
  ...template,
  facts: sheetOf(i),
  arrival: { ...template.arrival, atMs: NOW_MS - i },
}))
const told = createVelocity({ maxAccounts: ACCOUNTS, hashNetwork })
const best = { see: Infinity, tell: Infinity, parse: Infinity, learn: Infinity }
let chars = 0
const timed = <T>(stage: keyof typeof best, work: () => T): T => {
  const from = performance.now()
  const result = work()
  best[stage] = Math.min(best[stage], ((performance.now() - from) * 1_000) / TOLD)
  return result
}
for (let round = 0; round < ROUNDS; round++) {
  const seen: Sighting[] = timed('see', () =>
    events.flatMap((event) => sightingOf(event, { hashNetwork }) ?? []),
  )
  const texts = timed('tell', () => {
    const batches: string[] = []
    for (let i = 0; i < seen.length; i += BATCH) {
      batches.push(
        batchText(
          seen
            .slice(i, i + BATCH)
            .map(sightingText)
            .join(','),
        ),
      )
    }
    return batches
  })
  chars = texts.reduce((sum, text) => sum + text.length, 0)
  const heard = timed('parse', () => texts.flatMap((text) => parseBatch(text, NOW_MS).sightings))
  timed('learn', () => heard.forEach((sighting) => told.learn(sighting)))
}
console.log(
  JSON.stringify({
    case: 'telling and hearing one sighting, best of five rounds',
    see_us: Number(best.see.toFixed(2)),
    tell_us: Number(best.tell.toFixed(2)),
    parse_us: Number(best.parse.toFixed(2)),
    learn_us: Number(best.learn.toFixed(2)),
    chars_per_sighting: Math.round(chars / TOLD),
    accounts: told.stats().accounts,
  }),
)
