// What gathering the facts of a call costs: country and ASN databases, 50,000 list entries, and velocity,
// for addresses that repeat and for addresses that never do. Run with node; prints one JSON line a case.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FACT_NAMES, Facts, type Findings } from '../../src/core/facts.ts'
import { networkOf } from '../../src/core/ip.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import type { SignalSource } from '../../src/core/seams.ts'
import { createGather } from '../../src/signals/gather.ts'
import { ASN_USE, COUNTRY_USE } from '../../src/signals/geo-records.ts'
import { sampleCountryDatabasePath } from '../../src/signals/geo-sample.ts'
import { createGeoSource } from '../../src/signals/geo.ts'
import { createMmdbReader } from '../../src/signals/mmdb-reader.ts'
import { createNetworkLists } from '../../src/signals/network-lists.ts'
import { createRequestFacts } from '../../src/signals/request-facts.ts'
import { createVelocity } from '../../src/signals/velocity.ts'
import { aCall } from '../support/a-call.ts'
import { anEvent } from '../support/an-event.ts'
import { writeMmdb } from '../support/mmdb-writer.ts'
import { teach } from '../support/teach.ts'

const ROUNDS = 20
const CALLS = 20_000
const SEED = 20_260_422

const headers = [
  'Host',
  'guard.test',
  'Connection',
  'keep-alive',
  'Accept',
  'application/json',
  'User-Agent',
  'OpenAI/JS 7.55.0',
  'X-Stainless-Retry-Count',
  '0',
  'X-Stainless-Lang',
  'js',
  'X-Stainless-Package-Version',
  '7.55.0',
  'X-Stainless-OS',
  'Linux',
  'X-Stainless-Arch',
  'x64',
  'X-Stainless-Runtime',
  'node',
  'X-Stainless-Runtime-Version',
  'v24.21.0',
  'Authorization',
  'Bearer sk-test',
  'Content-Type',
  'application/json',
  'Content-Length',
  '812',
]

let state = SEED
const random = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const anAddress = (): string => `${1 + random(222)}.${random(256)}.${random(256)}.${random(256)}`

const folder = await mkdtemp(join(tmpdir(), 'stillwatch-bench-'))
const asnFile = join(folder, 'asn.mmdb')
await writeFile(
  asnFile,
  writeMmdb({
    type: 'GeoLite2-ASN',
    recordSize: 28,
    networks: Array.from({ length: 20_000 }, (_, i) => [
      `${1 + (i % 220)}.${random(256)}.0.0/16`,
      { autonomous_system_number: 1000 + i, autonomous_system_organization: `Network ${i}` },
    ]),
  }),
)
const lists = ['hosting', 'vpn', 'tor', 'relay'] as const
for (const kind of lists) {
  const lines = Array.from({ length: 12_500 }, () => `${anAddress().replace(/\d+$/, '0')}/24`)
  await writeFile(join(folder, kind), `${lines.join('\n')}\nAS${64_500 + random(400)}\n`)
}

const onProblem = (problem: unknown): void => console.error(problem)
const watching = { watch: false }
const country = await createMmdbReader({
  file: sampleCountryDatabasePath() ?? '',
  use: COUNTRY_USE,
  onProblem,
  watching,
})
const asn = await createMmdbReader({ file: asnFile, use: ASN_USE, onProblem, watching })
const networkLists = await createNetworkLists({
  lists: lists.map((kind) => ({ file: join(folder, kind), kind })),
  hasAsnDatabase: true,
  onProblem,
  watching,
})
const velocity = createVelocity()
const account: SignalSource = {
  name: 'account',
  provides: FACT_NAMES.filter((name) => name.startsWith('account.')),
  budgetMs: 0,
  wave: 0,
  read: (call): Findings => ({ 'account.known': true, 'account.id': call.credential?.id ?? '' }),
}
const stackHash = createKeyedHash(new Uint8Array(32), 'client stack')
const geo = createGeoSource({ country, asn, lists: networkLists })
const gather = createGather({ sources: [account, geo, velocity.source], stackHash })
const requestFacts = createRequestFacts({ stackHash })

const callsFrom = (addresses: readonly string[]): ReturnType<typeof aCall>[] =>
  Array.from({ length: CALLS }, (_, i) => {
    const address = addresses[i % addresses.length] ?? ''
    return aCall({
      rawHeaders: headers,
      caller: { address, network: networkOf(address) },
      credential: { id: `acct_${i % 5_000}`, secret: '', carrier: 'authorization' },
    })
  })

const measure = (
  name: string,
  calls: () => ReturnType<typeof aCall>[],
  work: (call: ReturnType<typeof aCall>) => void,
): void => {
  const ns: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const batch = calls()
    const from = performance.now()
    for (const call of batch) work(call)
    ns.push(((performance.now() - from) * 1e6) / batch.length)
  }
  console.log(JSON.stringify({ case: name, ns_per_call: Math.round(Math.min(...ns)) }))
}

const repeated = callsFrom(Array.from({ length: 2_000 }, anAddress))
for (const call of repeated) {
  const facts = await gather(call)
  teach(velocity, anEvent({ call, facts }))
}
const same = () => repeated
const fresh = () => callsFrom(Array.from({ length: CALLS }, anAddress))
measure('request facts', same, (call) => requestFacts(call, new Facts()))
measure('geo, repeated addresses', same, (call) => void geo.read(call, new Facts()))
measure('geo, random addresses', fresh, (call) => void geo.read(call, new Facts()))
measure('gather, repeated addresses', same, (call) => void gather(call))
measure('gather, random addresses', fresh, (call) => void gather(call))
await rm(folder, { recursive: true })
