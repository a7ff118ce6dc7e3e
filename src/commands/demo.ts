import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startApp } from '../app.ts'
import type { CallEvent } from '../core/event.ts'
import type { Verdict } from '../core/decision.ts'
import { createLiveLines } from '../demo/live-lines.ts'
import { campaignMembers, personas, PROXY_NETWORKS, type Persona } from '../demo/personas.ts'
import { createStandIn } from '../demo/stand-in.ts'
import { startTraffic } from '../demo/traffic.ts'
import { withChallenges } from '../http/challenges/client/stillwatch-client.js'
import { loadSettings } from '../settings.ts'
import { EXIT, type ExitCode } from './exit.ts'
import {
  DEMO_CEILING,
  DEMO_MIN_REFERENCE,
  pastAccounts,
  pastCredential,
  replayPast,
  simulatePast,
  type PastCampaign,
} from './demo-past.ts'
import { printProblems, type Streams } from './serve.ts'

const SHIPPED = new URL('../../config/policies', import.meta.url).pathname
const SUMMARY_EVERY_MS = 15_000
const ACCOUNTS_FILE = 'accounts.jsonl'
/** Few, so that each of them calls often enough to be watched. */
const LIVE_MEMBERS = 4
const SECRET_BYTES = 24

/** Limits small enough to be met while somebody watches. */
const DEMO_LIMITS = `# Limits of the demo, small enough to be met within a minute. Change a number and save: it counts at once.
version: 1
limits:
  - id: demo-requests-per-unproven-account
    why: shows a limit being met
    per: [account.id]
    when: 'trust.tier == "unproven"'
    count: requests
    quota: 20
    window: 30s
`

/** Everything the demo's guard reads, in a folder of its own that the operator may edit while it runs. */
const layOut = (folder: string, upstreamUrl: string, accounts: readonly object[]): string => {
  cpSync(SHIPPED, join(folder, 'policies'), { recursive: true })
  mkdirSync(join(folder, 'lists'))
  writeFileSync(join(folder, 'policies/40-demo-limits.yaml'), DEMO_LIMITS)
  writeFileSync(join(folder, 'lists/proxies.txt'), `${PROXY_NETWORKS.join('\n')}\n`)
  writeFileSync(
    join(folder, ACCOUNTS_FILE),
    accounts.map((line) => `${JSON.stringify(line)}\n`).join(''),
  )
  const settings = {
    version: 1,
    listen: '127.0.0.1:0',
    admin: { listen: '127.0.0.1:0' },
    data_dir: 'data',
    trusted_proxies: ['127.0.0.1/32'],
    upstreams: (['openai', 'anthropic', 'gemini'] as const).map((dialect) => ({
      id: `stand-in-${dialect}`,
      url: upstreamUrl,
      dialect,
    })),
    // Found again by the guard that starts on what a replay has found.
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
    accounts: { file: ACCOUNTS_FILE },
    campaigns: { ceiling: DEMO_CEILING, min_reference: DEMO_MIN_REFERENCE },
    lists: [{ file: 'lists/proxies.txt', kind: 'proxy', provider: 'demo proxies' }],
    policies: ['policies/*.yaml'],
    drain: '1s',
    log: { level: 'error' },
  }
  const file = join(folder, 'guard.yaml')
  writeFileSync(file, stringify(settings))
  return file
}

const membersOf = ({ accounts, members }: PastCampaign): Persona =>
  campaignMembers(
    accounts.map((id) => ({ id, credential: pastCredential(id), line: undefined })),
    `${accounts.length} of ${members} accounts that one program took turns with: each has to pass a step-up`,
  )

const aboutPast = (campaign: PastCampaign | undefined, admin: string, token: string): string[] =>
  campaign === undefined
    ? ['In four made-up days before this no campaign was found.']
    : [
        `In four made-up days before this a campaign of ${campaign.members} accounts was found. Why, and what would clear it:`,
        `  STILLWATCH_TOKEN=${token} node src/stillwatch.js campaigns show ${campaign.id} --admin ${admin}`,
        'Say that the holder of one of them has confirmed, and its next call goes through:',
        `  curl ${admin}/api/v1/clearances -H 'authorization: Bearer ${token}' -H 'content-type: application/json' -d '${JSON.stringify({ account: campaign.accounts[0], kind: 'step_up', lifetime: '30d', why: 'confirmed by phone' })}'`,
      ]

const intro = (
  urls: { guard: string; admin: string; standIn: string; token: string },
  folder: string,
  population: readonly Persona[],
  past: PastCampaign | undefined,
): string =>
  [
    'Stillwatch demo: a stand-in model API, the guard in front of it, and live sample traffic.',
    '',
    `  guard     ${urls.guard}        (OpenAI, Anthropic and Gemini SDKs: use it as the base URL)`,
    `  admin     ${urls.admin}        (bearer token ${urls.token})`,
    `  upstream  ${urls.standIn}        (answers without a model)`,
    `  policies  ${join(folder, 'policies')}        (edit and save: the next call obeys)`,
    '',
    'Who is calling:',
    ...population.map(({ name, about }) => `  ${name.padEnd(30)} ${about}`),
    '',
    ...aboutPast(past, urls.admin, urls.token),
    '',
    'Ctrl-C ends all of it.',
    '',
  ].join('\n')

const summaryOf = (counts: ReadonlyMap<Verdict, number>): string =>
  `        so far: ${[...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'no calls'}\n`

/** Runs everything embedded on this machine until Ctrl-C (or for `seconds`), then removes what it made. */
export const demo = async (
  options: { readonly seconds?: number },
  streams: Streams,
): Promise<ExitCode> => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-demo-'))
  const ordinary = personas(Date.now())
  const standIn = await createStandIn({ chunkDelayMs: 15, firstChunkDelayMs: 40 })
  try {
    streams.out.write(
      'Stillwatch demo: making up four days of calls, and looking for campaigns in them.\n',
    )
    const past = simulatePast(Date.now())
    const lines = ordinary.flatMap(({ accounts }) => accounts.flatMap(({ line }) => line ?? []))
    const loaded = loadSettings(layOut(folder, standIn.url, [...lines, ...pastAccounts(past)]), {})
    if (!loaded.ok) {
      printProblems(loaded.problems, false, streams)
      return EXIT.problems
    }
    const campaign = await replayPast(
      past,
      loaded.settings,
      join(folder, ACCOUNTS_FILE),
      LIVE_MEMBERS,
    )
    const population = campaign === undefined ? ordinary : [...ordinary, membersOf(campaign)]
    const counts = new Map<Verdict, number>()
    const live = createLiveLines((line) => streams.out.write(`${line}\n`))
    const counting = {
      ...live,
      accept: (event: CallEvent) => {
        const verdict = event.ruling?.verdict
        if (verdict !== undefined) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
        live.accept(event)
      },
    }
    const started = await startApp(loaded.settings, { sinks: [counting] })
    if (!started.ok) {
      streams.err.write(
        `stillwatch: ${'reason' in started ? started.reason : 'the policies do not compile'}\n`,
      )
      return EXIT.failed
    }
    const { app } = started
    const urls = {
      guard: app.guardUrl,
      admin: app.adminUrl,
      standIn: standIn.url,
      token: app.ownToken?.token ?? '',
    }
    streams.out.write(intro(urls, folder, population, campaign))
    const traffic = startTraffic(app.guardUrl, population, withChallenges())
    const summary = setInterval(() => streams.out.write(summaryOf(counts)), SUMMARY_EVERY_MS)
    await stopped(options.seconds)
    clearInterval(summary)
    traffic.stop()
    await app.close()
    streams.out.write(summaryOf(counts))
    return EXIT.done
  } finally {
    await standIn.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const stopped = (seconds: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
    if (seconds !== undefined) setTimeout(resolve, seconds * 1_000).unref()
  })
