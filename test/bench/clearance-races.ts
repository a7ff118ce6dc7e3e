/**
 * What a claim costs and whether exactly one gets it: `node test/bench/clearance-races.ts [races]`. Three
 * replicas race for each of 10,000 proofs over one real Redis, and one process claims from its own file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { openOwnLedger } from '../../src/challenges/own-ledger.ts'
import { aClearance } from '../support/a-clearance.ts'
import { connectClearances, raceFor } from '../support/redis-clearances.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'

const RACES = Number(process.argv[2] ?? 10_000)
const CLAIMANTS = 6
const AT_ONCE = 50

const perSecond = (count: number, sinceMs: number): number =>
  Math.round(count / ((performance.now() - sinceMs) / 1_000))

const server = await startRedis()
const replicas = await Promise.all(
  [1, 2, 3].map(() => connectClearances(addressOf(server.port, { commandTimeoutMs: 20_000 }))),
)
const untilMs = Date.now() + 3_600_000
let exactlyOne = 0
const race = async (number: number): Promise<void> => {
  const clearance = aClearance({ subject: `a:racer_${number}` })
  const { claimed, spent } = await raceFor(replicas, clearance, CLAIMANTS)
  if (claimed === 1 && spent === CLAIMANTS - 1) exactlyOne++
}
const racingMs = performance.now()
for (let from = 0; from < RACES; from += AT_ONCE) {
  const some = Math.min(AT_ONCE, RACES - from)
  await Promise.all(Array.from({ length: some }, (_, at) => race(from + at)))
}
const racesPerSecond = perSecond(RACES * CLAIMANTS, racingMs)
const loadingMs = performance.now()
const loaded = await replicas[0]?.ledger.load()
const loadTookMs = Math.round(performance.now() - loadingMs)
for (const { connection } of replicas) connection.close()
await server.stop()

const dir = mkdtempSync(join(tmpdir(), 'stillwatch-bench-'))
const table = createClearanceTable()
const ledger = openOwnLedger({ file: join(dir, 'clearances'), table, clock: { now: Date.now } })
const ownMs = performance.now()
for (let at = 0; at < RACES; at++) {
  await ledger.claim(aClearance({ subject: `a:${at % 5_000}` }), untilMs)
}
const ownPerSecond = perSecond(RACES, ownMs)
ledger.close()
rmSync(dir, { recursive: true, force: true })

console.log(`races over Redis           ${RACES}, exactly one clearance in ${exactlyOne}`)
console.log(`claims over Redis          ${racesPerSecond} a second, six a race`)
console.log(`loading at a start         ${loaded?.length ?? 0} clearances in ${loadTookMs} ms`)
console.log(`claims in the own file     ${ownPerSecond} a second; budget 5,000`)
if (exactlyOne !== RACES || ownPerSecond < 5_000) process.exitCode = 1
