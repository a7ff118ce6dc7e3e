import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { Facts } from '../../src/core/facts.ts'
import { DAY_MS } from '../../src/core/time.ts'
import { createAccountFile } from '../../src/signals/account-file.ts'
import { createAccountHeaders } from '../../src/signals/account-headers.ts'
import { CLAIM_MAP } from '../../src/signals/account-claims.ts'
import { createAccountJwt } from '../../src/signals/account-jwt.ts'
import { createAccountSeen } from '../../src/signals/account-seen.ts'
import { aCall } from '../support/a-call.ts'
import { aServedEvent } from '../support/a-served-event.ts'
import { ecKey, signEs256 } from '../support/jwt-forge.ts'
import { teach } from '../support/teach.ts'

/**
 * Load time, memory and look-up cost of the account sources.
 * `node --expose-gc test/bench/accounts.ts [--accounts N]`
 */
const { values } = parseArgs({ options: { accounts: { type: 'string', default: '100000' } } })
const count = Number(values.accounts)
const nowMs = Date.UTC(2026, 3, 22)
const rootKey = randomBytes(32)
const hashCredential = createKeyedHash(rootKey, 'credential')
const directory = await mkdtemp(join(tmpdir(), 'stillwatch-bench-'))

const secretOf = (n: number): string => `sk-bench-${String(n).padStart(32, '0')}`
const lineOf = (n: number): string =>
  JSON.stringify({
    id: `acct_${n}`,
    credentials: [secretOf(n)],
    entity: n % 10 === 0 ? `org_${n % 1000}` : undefined,
    created_at: nowMs - (n % 900) * DAY_MS,
    signup: {
      at: nowMs - (n % 900) * DAY_MS,
      ip: `198.51.${n % 250}.${(n >> 8) % 250}`,
      user_agent: `Mozilla/5.0 (bench ${n % 300})`,
      email_pattern: `a{${n % 9}}9{2}@mail-${n % 500}.example`,
    },
    settled: Array.from({ length: n % 6 }, (_, k) => ({ at: nowMs - k * 30 * DAY_MS, usd: 20 })),
    account: {
      active_days: n % 200,
      status: 'active',
      plan: 'pro',
      country: 'DE',
      verified: 'email',
    },
    payment: { status: 'card', funding: 'credit', country: 'DE', instrument: `card_${n % 90_000}` },
  })

const heapBytes = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const nsPer = (label: string, rounds: number, work: (n: number) => void): void => {
  for (let n = 0; n < rounds / 4; n++) work(n)
  const started = performance.now()
  for (let n = 0; n < rounds; n++) work(n)
  console.log(`${label}: ${Math.round(((performance.now() - started) / rounds) * 1e6)} ns`)
}

const file = join(directory, 'accounts.jsonl')
await writeFile(file, Array.from({ length: count }, (_, n) => lineOf(n)).join('\n'))
const before = heapBytes()
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const started = performance.now()
const startedCpu = process.cpuUsage()
const source = await createAccountFile({
  file,
  hashInstrument: createKeyedHash(rootKey, 'instrument'),
  hashEndUser: createKeyedHash(rootKey, 'end user'),
})
const loadMs = performance.now() - started
const { user, system } = process.cpuUsage(startedCpu)
delay.disable()
const { accounts, problems } = source.state()
console.log(
  `file: ${accounts} accounts, ${problems.length} problems, loaded in ${Math.round(loadMs)} ms, ${Math.round((user + system) / 1e3)} ms of processor time`,
)
console.log(
  `  event loop held up: longest ${(delay.max / 1e6).toFixed(1)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms`,
)
console.log(`  ${Math.round((heapBytes() - before) / count)} bytes an account`)

const calls = Array.from({ length: 10_000 }, (_, n) => {
  const secret = secretOf((n * 7919) % count)
  return aCall({
    atMs: nowMs,
    credential: { id: hashCredential(secret), secret, carrier: 'authorization' },
  })
})
const facts = new Facts()
const callOf = (n: number): (typeof calls)[number] => calls[n % calls.length] ?? aCall()
nsPer('  read, known credential', 2_000_000, (n) => void source.read(callOf(n), facts))
const strangers = Array.from({ length: 10_000 }, (_, n) => {
  const secret = `sk-stranger-${n}-${randomBytes(12).toString('hex')}`
  return aCall({ credential: { id: hashCredential(secret), secret, carrier: 'authorization' } })
})
nsPer('  read, unknown credential', 500_000, (n) => {
  void source.read(strangers[n % strangers.length] ?? aCall(), facts)
})
nsPer('  read and taking over the facts', 2_000_000, (n) => {
  const found = source.read(callOf(n), facts)
  if (!(found instanceof Promise)) facts.add(found)
})
await source.close()

const edge = createAccountHeaders({
  prefix: 'x-edge-',
  headers: {
    'account.id': 'x-edge-account',
    'account.plan': 'x-edge-plan',
    'account.created_at': 'x-edge-since',
    'payment.status': 'x-edge-pays',
    'caller.ja4': 'x-edge-ja4',
  },
  trusted: () => true,
  hashInstrument: createKeyedHash(rootKey, 'instrument'),
  hashEndUser: createKeyedHash(rootKey, 'end user'),
})
const viaEdge = aCall({
  rawHeaders: [
    'Host',
    'guard.test',
    'User-Agent',
    'OpenAI/JS 7.55.0',
    'Content-Type',
    'application/json',
    'X-Edge-Account',
    'acct_1',
    'X-Edge-Plan',
    'pro',
    'X-Edge-Since',
    '1700000000000',
    'X-Edge-Pays',
    'card',
    'X-Edge-Ja4',
    't13d1516h2_8daaf6152771_e5627efa2ab1',
  ],
})
nsPer('headers: read', 500_000, () => void edge.read(viaEdge, facts))

const issuer = ecKey('k')
const jwt = await createAccountJwt({
  issuer: 'https://issuer.example',
  audiences: ['guard'],
  algorithms: ['ES256'],
  keys: { kind: 'inline', jwks: { keys: [issuer.jwk] } },
  claims: CLAIM_MAP.parse({ 'account.plan': 'plan' }),
  nowMs,
  hashInstrument: createKeyedHash(rootKey, 'instrument'),
  hashEndUser: createKeyedHash(rootKey, 'end user'),
})
const tokens = Array.from({ length: 2_000 }, (_, n) =>
  signEs256(
    { alg: 'ES256', kid: 'k' },
    {
      iss: 'https://issuer.example',
      aud: 'guard',
      sub: `u${n}`,
      exp: nowMs / 1000 + 60,
      plan: 'pro',
    },
    issuer.privateKey,
  ),
)
const tokenCalls = tokens.map((secret, n) =>
  aCall({ atMs: nowMs, credential: { id: `t${n}`, secret, carrier: 'authorization' } }),
)
const verifying = performance.now()
for (const call of tokenCalls) await jwt.read(call, facts)
const verifyUs = ((performance.now() - verifying) / tokenCalls.length) * 1e3
console.log(`jwt: ${Math.round(verifyUs)} us to verify one (ES256)`)
nsPer('  read, verified token', 2_000_000, (n) => {
  void jwt.read(tokenCalls[n % tokenCalls.length] ?? aCall(), facts)
})
await jwt.close()

const seenBefore = heapBytes()
const seen = await createAccountSeen({ file: join(directory, 'seen.log'), flushMs: 600_000 })
let learnedMs = 0
for (let n = 0; n < count; n += 1_000) {
  const events = Array.from({ length: 1_000 }, (_, k) =>
    aServedEvent({ credentialId: hashCredential(`seen ${n + k}`), atMs: nowMs }),
  )
  const from = performance.now()
  for (const event of events) teach(seen, event)
  learnedMs += performance.now() - from
}
console.log(`seen: ${Math.round((learnedMs / count) * 1e6)} ns to learn a new one`)
const knownEvent = aServedEvent({ credentialId: hashCredential('seen 5'), atMs: nowMs })
nsPer('  learn, known credential', 2_000_000, () => teach(seen, knownEvent))
await seen.close()
console.log(`  ${Math.round((heapBytes() - seenBefore) / count)} bytes an account`)
const again = performance.now()
const reopened = await createAccountSeen({ file: join(directory, 'seen.log') })
console.log(
  `  ${reopened.state().accounts} read back in ${Math.round(performance.now() - again)} ms`,
)
const seenCall = aCall({
  atMs: nowMs,
  credential: { id: hashCredential('seen 5'), secret: 'seen 5', carrier: 'authorization' },
})
nsPer('  read, known credential', 2_000_000, () => void reopened.read(seenCall, facts))
await reopened.close()
await rm(directory, { recursive: true })
