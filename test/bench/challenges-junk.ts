/**
 * What junk answers to challenges do to everybody else: one guard at half the load it can carry, and beside
 * it 10,000 answers a second that are no good, of several kinds, from ever other networks. Prints the p99 of
 * the ordinary calls with and without, by turns in one run, and their ratio; the last kind is the cheapest
 * request there is, a path that nothing is served at, and shows what the HTTP server alone costs.
 *
 *   node test/bench/challenges-junk.ts [--rounds 3] [--seconds 4] [--junk 10000] [--load 0.5] [--workers 1]
 *
 * Needs wrk. Load and upstream share one core and the guard has the other; several workers may use all
 * cores, and on a machine of two then only have what load and upstream leave of theirs.
 */
import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse, stringify } from 'yaml'
import { issuedText } from '../../src/challenges/issued-text.ts'
import { createProofOfWork } from '../../src/challenges/proof-of-work.ts'
import { createSeals } from '../../src/challenges/seal.ts'
import type { Issued } from '../../src/core/challenge.ts'
import { anIssued, solvePuzzle } from '../support/a-challenge.ts'
import { startCheapUpstream } from './proxy/cheap-upstream.ts'
import {
  canPin,
  CONTENDER_CORE,
  cpuSeconds,
  LOAD_CORE,
  pinned,
  startServer,
} from './proxy/cores.ts'
import { layOutGuard } from './proxy/guard-setup.ts'
import { BODY, CUSTOMERS, load } from './proxy/load.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    junk: { type: 'string', default: '10000' },
    load: { type: 'string', default: '0.5' },
    workers: { type: 'string', default: '1' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
const junkPerSecond = Number(values.junk)
const averageBefore = loadavg()[0]?.toFixed(1)
const ROOT = new URL('../../', import.meta.url).pathname
const SECRET = 'a secret that seals challenges for benchmarks'
const IDS = 500

const folder = mkdtempSync(join(tmpdir(), 'stillwatch-bench-junk-'))

const seals = createSeals({ rootKey: Buffer.alloc(32), secrets: [SECRET] })
const proofOfWork = createProofOfWork({ seals, clock: Date })
const idOf = (issued: Issued): string => seals.of('challenge').seal(issuedText(issued))

/** The answer to a challenge with a key that is wrong in its first digit. */
const guessed = async (issued: Issued): Promise<string> => {
  const puzzle = await proofOfWork.puzzle?.(issued)
  if (puzzle === undefined) throw new Error('no puzzle')
  const { counter, derivedKey } = solvePuzzle(puzzle)
  const flipped = (derivedKey.startsWith('0') ? '1' : '0') + derivedKey.slice(1)
  return JSON.stringify({ puzzle, solution: { counter, derivedKey: flipped } })
}

const anId = (): string => randomBytes(220).toString('base64url')
const flippedAt = (id: string, at: number): string =>
  id.slice(0, at) + (id[at] === 'A' ? 'B' : 'A') + id.slice(at + 1)
const many = <T>(one: (at: number) => T): T[] => Array.from({ length: IDS }, (_, at) => one(at))

type Junk = { readonly path: string; readonly body: string }
const some = anIssued({ difficulty: 0.1 })
const answerTo = async (issued: Issued): Promise<Junk> => ({
  path: `challenges/${idOf(issued)}`,
  body: await guessed(issued),
})
const otherBody = await guessed(some)
const kinds: { readonly [name: string]: readonly Junk[] } = {
  'garbage for an id': many(() => ({ path: `challenges/${anId()}`, body: otherBody })),
  'an id with a broken seal': many(() => ({
    path: `challenges/${flippedAt(idOf(anIssued()), 60)}`,
    body: otherBody,
  })),
  'the puzzle of another': many(() => ({
    path: `challenges/${idOf(anIssued())}`,
    body: otherBody,
  })),
  'a wrong solution': await Promise.all(many(() => answerTo(anIssued()))),
  'bodies of 64 kB': [{ path: `challenges/${anId()}`, body: `{"token":"${'x'.repeat(65_536)}"}` }],
  'nothing but HTTP': [{ path: 'nothing/here', body: '{}' }],
}

const JUNK_CONNECTIONS = 100
const CALL_CONNECTIONS = 50

/**
 * Waits by a random time whose mean gives so many a second over all connections, where answers take none.
 * A connection that waits for its answer asks later: what came of it is printed.
 */
const paced = (connections: number, perSecond: number): string =>
  `delay = function() return math.random(0, ${Math.round((2_000 * connections) / perSecond)}) end\n`

const NETWORK = `(63 + n % 60) .. "." .. math.random(0, 249) .. "." .. math.random(0, 249) .. ".9"`

/** Sends junk by turns; `pace` is {@link paced}, or nothing. */
const junkScript = (junk: readonly Junk[], pace: string): string => `
local n = 0
local paths = { ${junk.map(({ path }) => `"/.stillwatch/${path}"`).join(', ')} }
local bodies = { ${junk.map(({ body }) => `[==[${body}]==]`).join(', ')} }
${pace}
request = function()
  n = n + 1
  local headers = { ["content-type"] = "application/json", ["x-forwarded-for"] = ${NETWORK} }
  local at = n % #paths + 1
  return wrk.format("POST", paths[at], headers, bodies[at])
end
`
const callScript = (perSecond: number): string => `
local n = 0
local body = [==[${BODY}]==]
${paced(CALL_CONNECTIONS, perSecond)}
request = function()
  n = n + 1
  local c = n % ${CUSTOMERS}
  local headers = {
    ["content-type"] = "application/json",
    ["authorization"] = "Bearer sk-bench-" .. c,
    ["x-forwarded-for"] = (63 + c % 10) .. "." .. (c * 7) % 250 .. "." .. (c * 13) % 250 .. "." .. (1 + c % 250),
  }
  return wrk.format("POST", "/v1/chat/completions", headers, body)
end
`

type Seen = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}
const IN_MS: { readonly [unit: string]: number } = { us: 0.001, ms: 1, s: 1_000 }

const wrk = (url: string, name: string, script: string, connections: number, s: number) => {
  const file = join(folder, `${name}.lua`)
  writeFileSync(file, script)
  const args = ['-t1', `-c${connections}`, `-d${s}s`, '--latency', '-s', file, url]
  const [program, all] = pinned(LOAD_CORE, ['wrk', ...args])
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return new Promise<Seen>((resolve) => {
    child.once('close', () => {
      const quantile = (share: number): number => {
        const [, value, unit = 'ms'] = new RegExp(`${share}% +([\\d.]+)(us|ms|s)`).exec(text) ?? []
        return Number(value) * (IN_MS[unit] ?? Number.NaN)
      }
      resolve({
        perSecond: Number(/Requests\/sec: +([\d.]+)/.exec(text)?.[1]),
        p50Ms: quantile(50),
        p99Ms: quantile(99),
        failed: Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0),
      })
    })
  })
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

const upstream = await startCheapUpstream()
const { file } = layOutGuard(upstream.url)
// The settings of the bench, as they were just written.
const settings = parse(readFileSync(file, 'utf8')) as object
writeFileSync(file, stringify({ ...settings, challenges: { secrets: [SECRET] } }))
const everyCore =
  canPin && values.workers !== '1' ? ['taskset', '-c', `0-${availableParallelism() - 1}`] : []
const serve = [process.execPath, join(ROOT, 'src/stillwatch.js'), 'serve', '--config', file]
const guard = await startServer(CONTENDER_CORE, [
  ...everyCore,
  ...serve,
  '--workers',
  values.workers,
])
try {
  load(guard.url, 32, 4)
  const most = load(guard.url, 32, 6).requestsPerSecond
  const perSecond = most * Number(values.load)
  const calling = callScript(perSecond)
  const call = (): Promise<Seen> => wrk(guard.url, 'calls', calling, CALL_CONNECTIONS, seconds)
  console.log(
    `at most ${Math.round(most)} calls/s, ${Math.round(perSecond)}/s meant; workers ${values.workers}; load average before ${averageBefore}`,
  )
  await call()
  for (const [name, junk] of Object.entries(kinds)) {
    const flat = junkScript(junk, '')
    await wrk(guard.url, 'junk', flat, 32, 2)
    const cpuBefore = cpuSeconds(guard.pid)
    const unpaced = await wrk(guard.url, 'junk', flat, 32, 2)
    const costUs = ((cpuSeconds(guard.pid) - cpuBefore) * 1e6) / (2 * unpaced.perSecond)

    const script = junkScript(junk, paced(JUNK_CONNECTIONS, junkPerSecond))
    const pairs: { readonly alone: Seen; readonly beside: Seen; readonly junk: Seen }[] = []
    for (let round = 0; round < rounds; round++) {
      const alone = await call()
      const [beside, sent] = await Promise.all([
        call(),
        wrk(guard.url, 'junk', script, JUNK_CONNECTIONS, seconds),
      ])
      pairs.push({ alone, beside, junk: sent })
    }
    const of = (who: 'alone' | 'beside' | 'junk', what: keyof Seen): number =>
      median(pairs.map((pair) => pair[who][what]))
    const ms = (what: 'p50Ms' | 'p99Ms'): string =>
      `${of('alone', what).toFixed(2)} -> ${of('beside', what).toFixed(2)} ms`
    const ratio = median(pairs.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms))
    console.log(
      [
        `${name.padEnd(25)} ${costUs.toFixed(0).padStart(4)} µs of a core each, ${unpaced.perSecond.toFixed(0).padStart(6)}/s alone`,
        `${of('junk', 'perSecond').toFixed(0).padStart(5)}/s beside ${of('alone', 'perSecond').toFixed(0)} -> ${of('beside', 'perSecond').toFixed(0)} calls/s`,
        `p50 ${ms('p50Ms')}`,
        `p99 ${ms('p99Ms')}, ratio ${ratio.toFixed(2)}`,
        `failed calls ${of('beside', 'failed')}`,
      ].join(' | '),
    )
  }
} finally {
  await guard.stop()
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(file), { recursive: true, force: true })
}
