import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { startApp } from '../app.ts'
import type { CallEvent } from '../core/event.ts'
import type { Verdict } from '../core/decision.ts'
import { createLiveLines } from '../demo/live-lines.ts'
import { personas, PROXY_NETWORKS, type Persona } from '../demo/personas.ts'
import { createStandIn } from '../demo/stand-in.ts'
import { startTraffic } from '../demo/traffic.ts'
import { loadSettings } from '../settings.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { printProblems, type Streams } from './serve.ts'

const SHIPPED = new URL('../../config/policies', import.meta.url).pathname
const SUMMARY_EVERY_MS = 15_000

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
const layOut = (folder: string, upstreamUrl: string, population: readonly Persona[]): string => {
  cpSync(SHIPPED, join(folder, 'policies'), { recursive: true })
  mkdirSync(join(folder, 'lists'))
  writeFileSync(join(folder, 'policies/40-demo-limits.yaml'), DEMO_LIMITS)
  writeFileSync(join(folder, 'lists/proxies.txt'), `${PROXY_NETWORKS.join('\n')}\n`)
  const lines = population.flatMap(({ accounts }) => accounts.flatMap(({ line }) => line ?? []))
  writeFileSync(
    join(folder, 'accounts.jsonl'),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
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
    accounts: { file: 'accounts.jsonl' },
    lists: [{ file: 'lists/proxies.txt', kind: 'proxy', provider: 'demo proxies' }],
    policies: ['policies/*.yaml'],
    drain: '1s',
    log: { level: 'error' },
  }
  const file = join(folder, 'guard.yaml')
  writeFileSync(file, stringify(settings))
  return file
}

const intro = (
  urls: { guard: string; admin: string; standIn: string },
  folder: string,
  population: readonly Persona[],
): string =>
  [
    'Stillwatch demo: a stand-in model API, the guard in front of it, and live sample traffic.',
    '',
    `  guard     ${urls.guard}        (OpenAI, Anthropic and Gemini SDKs: use it as the base URL)`,
    `  admin     ${urls.admin}`,
    `  upstream  ${urls.standIn}        (answers without a model)`,
    `  policies  ${join(folder, 'policies')}        (edit and save: the next call obeys)`,
    '',
    'Who is calling:',
    ...population.map(({ name, about }) => `  ${name.padEnd(30)} ${about}`),
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
  const population = personas(Date.now())
  const standIn = await createStandIn({ chunkDelayMs: 15, firstChunkDelayMs: 40 })
  try {
    const loaded = loadSettings(layOut(folder, standIn.url, population), {})
    if (!loaded.ok) {
      printProblems(loaded.problems, false, streams)
      return EXIT.problems
    }
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
      admin: `${app.adminUrl}        (bearer token ${app.ownToken?.token ?? ''})`,
      standIn: standIn.url,
    }
    streams.out.write(intro(urls, folder, population))
    const traffic = startTraffic(app.guardUrl, population)
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
