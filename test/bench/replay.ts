/**
 * Recorded calls a second through the whole guard on one core, from lines of a file on, with the policy
 * as shipped: for bodies of about 300 B, 2.6 kB and 13 kB. Budget: 50,000 a second at up to 300 B.
 * Run with: node test/bench/replay.ts [calls]
 */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { openReplay } from '../../src/app-replay.ts'
import { loadOfflineSettings } from '../../src/commands/offline-settings.ts'
import { VERBS } from '../../src/core/event.ts'
import { readTrace } from '../../src/replay/read-trace.ts'
import { createSeededRandom } from '../support/seeded-random.ts'

const CALLS = Number(process.argv[2] ?? 300_000)
const ACCOUNTS = 20_000
const START_MS = Date.UTC(2026, 3, 22)
/** Seven and a half calls a second, as the campaign this program was made for. */
const STEP_MS = 132
const SEED = 20_260_422
const BUDGET = 50_000

const random = createSeededRandom(SEED)

const account = (n: number): string =>
  JSON.stringify({
    id: `acct_${n}`,
    credentials: [`sk-bench-${n}`],
    entity: `org_${n}`,
    created_at: START_MS - (1 + random(400)) * 86_400_000,
    settled:
      n % 3 === 0 ? [] : [1, 2, 3].map((k) => ({ at: START_MS - k * 3_000_000_000, usd: 20 })),
    account: { active_days: random(90), status: 'active', country: 'DE', verified: 'email' },
    payment: { status: 'card', country: 'DE', instrument: `card_${n}` },
  })

const SDKS = [
  { 'user-agent': 'OpenAI/JS 7.55.0', 'x-stainless-lang': 'js', 'x-stainless-runtime': 'node' },
  { 'user-agent': 'OpenAI/Python 2.61.0', 'x-stainless-lang': 'python' },
  { 'user-agent': 'python-requests/2.32.4', 'accept-encoding': 'gzip, deflate' },
].map((own) => ({
  host: 'api.example',
  connection: 'keep-alive',
  accept: 'application/json',
  'content-type': 'application/json',
  ...own,
}))

const WORDS = 'harbour lantern orchard meadow copper violin thunder marble canyon ribbon'.split(' ')

const words = (bytes: number): string => {
  let text = ''
  while (text.length < bytes) text += `${WORDS[random(WORDS.length)]}${random(100)} `
  return text
}

/** A body of about so many bytes. Tails are drawn from a few, so that writing the trace does not take all the time. */
const bodies = (bytes: number): (() => unknown) => {
  const tails = Array.from({ length: 500 }, () => words(Math.max(20, bytes - 170)))
  return () => ({
    model: 'chat-large',
    max_tokens: 512,
    temperature: 0.7,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: `${random(1_000_000)} ${tails[random(tails.length)]}` },
    ],
  })
}

const folder = await mkdtemp(join(tmpdir(), 'stillwatch-bench-replay-'))
const accounts = join(folder, 'accounts.jsonl')
await writeFile(accounts, Array.from({ length: ACCOUNTS }, (_, n) => `${account(n)}\n`).join(''))

const writeTrace = async (bytes: number, calls: number): Promise<string> => {
  const file = join(folder, `trace-${bytes}.jsonl`)
  const body = bodies(bytes)
  const lines = function* (): Generator<string> {
    for (let n = 0; n < calls; n++) {
      const who = random(ACCOUNTS)
      yield `${JSON.stringify({
        at: START_MS + n * STEP_MS,
        account: `acct_${who}`,
        ip: `81.${who >> 8}.${who & 255}.${1 + random(3)}`,
        method: 'POST',
        path: '/v1/chat/completions',
        headers: SDKS[who % SDKS.length],
        body: body(),
        usage: { input_tokens: 80, output_tokens: 120 },
        label: `bench/${who % 5}`,
      })}\n`
    }
  }
  await pipeline(lines, createWriteStream(file))
  return file
}

const loaded = loadOfflineSettings(new URL('../../config/guard.yaml', import.meta.url).pathname)
if (!loaded.ok) throw new Error('the settings as shipped are not in order')
const { settings } = loaded

/** Calls a second by the clock, and by the processor time that was used: on a busy machine they differ. */
type Rates = { readonly wall: number; readonly cpu: number }

const run = async (trace: string, timed: boolean): Promise<Rates> => {
  const verbUs = new Map<string, number>()
  const opened = await openReplay({
    settings,
    accounts,
    ...(timed && {
      stopwatch: () => performance.now(),
      onJudged: (event) => {
        for (const verb of VERBS) {
          verbUs.set(verb, (verbUs.get(verb) ?? 0) + (event.verbMs[verb] ?? 0) * 1000)
        }
      },
    }),
  })
  if (!opened.ok) throw new Error(JSON.stringify(opened.problems))
  const fromMs = performance.now()
  const fromCpu = process.cpuUsage()
  const options = { file: trace, maxBodyBytes: settings.bodies.max, lenient: false }
  const { calls, problems } = await readTrace(options, opened.replay)
  const tookMs = performance.now() - fromMs
  const { user, system } = process.cpuUsage(fromCpu)
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const summary = await opened.replay.finish()
  if (timed) {
    const parts = [...verbUs].map(([verb, us]) => [verb, us / calls] as const)
    const inVerbs = parts.reduce((sum, [, us]) => sum + us, 0)
    const others = ['line, records, learning', (tookMs * 1000) / calls - inVerbs] as const
    for (const [what, us] of [...parts, others]) {
      const share = (us * calls) / (tookMs * 10)
      console.log(
        `    ${what.padEnd(24)} ${us.toFixed(2).padStart(7)} µs  ${share.toFixed(0).padStart(3)} %`,
      )
    }
    console.log(`    campaigns: ${summary.campaigns.length}`)
  }
  return { wall: (calls / tookMs) * 1000, cpu: (calls / (user + system)) * 1e6 }
}

for (const [bytes, calls] of [
  [300, CALLS],
  [2_600, Math.ceil(CALLS / 3)],
  [13_000, Math.ceil(CALLS / 12)],
] as const) {
  const trace = await writeTrace(bytes, calls)
  const { size } = await stat(trace)
  const runs = [await run(trace, false), await run(trace, false), await run(trace, false)]
  const best = (rate: keyof Rates): number => Math.round(Math.max(...runs.map((one) => one[rate])))
  const held = bytes === 300 ? ` (budget ${BUDGET})` : ''
  console.log(
    `bodies of ${bytes} B, lines of ${Math.round(size / calls)} B: ${best('wall')} calls/s${held}, ${best('cpu')} a second of processor time; runs ${runs.map(({ wall }) => Math.round(wall)).join(', ')}`,
  )
  await run(trace, true)
}
await rm(folder, { recursive: true })
