import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { App } from '../../src/app-start.ts'
import { startApp } from '../../src/app.ts'
import { loadSettings } from '../../src/settings.ts'
import { tempDir } from '../support/temp-dir.ts'
import { until } from '../support/wait.ts'

const DETECTOR = new URL('../fixtures/counting-detector-thread.ts', import.meta.url)
const TOKEN = 'test-operator-token-0123456789'

const ACCOUNTS = ['honest', 'linked']
  .map((id) => JSON.stringify({ id, credentials: [`sk-${id}`], entity: `org_${id}` }))
  .join('\n')

const POLICY = stringify({
  version: 1,
  posture: 'open',
  rules: [{ id: 'campaign', when: 'campaign.level >= 2.0', then: 'deny', why: 'a campaign' }],
})

/** A guard in this process on a folder, with the detector that tests can follow. */
const started = async (folder: string): Promise<App> => {
  mkdirSync(join(folder, 'policies'), { recursive: true })
  writeFileSync(join(folder, 'accounts.jsonl'), ACCOUNTS)
  writeFileSync(join(folder, 'policies/p.yaml'), POLICY)
  writeFileSync(
    join(folder, 'guard.yaml'),
    stringify({
      version: 1,
      listen: '127.0.0.1:0',
      admin: { listen: '127.0.0.1:0', tokens: [{ name: 't', role: 'operator', token: TOKEN }] },
      data_dir: 'data',
      upstreams: [{ id: 'main', url: 'http://127.0.0.1:9', dialect: 'openai' }],
      accounts: { file: 'accounts.jsonl' },
      geoip: { country: null },
      log: { level: 'error' },
      drain: '1s',
    }),
  )
  const loaded = loadSettings(join(folder, 'guard.yaml'))
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const app = await startApp(loaded.settings, { detector: DETECTOR })
  if (!app.ok) throw new Error(JSON.stringify(app))
  return app.app
}

const status = async ({ guardUrl }: App, account: string, client: string): Promise<number> => {
  const answer = await fetch(`${guardUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer sk-${account}`,
      'content-type': 'application/json',
      'user-agent': client,
    },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** What an operator is told. */
const ofOperator = async <T>({ adminUrl }: App, path: string): Promise<T> => {
  const answer = await fetch(new URL(path, adminUrl), {
    headers: { authorization: `Bearer ${TOKEN}` },
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}

const campaignOf = (facts: readonly { fact: string; value?: unknown }[]): object =>
  Object.fromEntries(
    facts
      .filter(({ fact }) => fact.startsWith('campaign.'))
      .map(({ fact, value }) => [fact, value]),
  )

test('a call is observed, its entity is marked, and its next call meets the policy so', async () => {
  const folder = tempDir()
  const app = await started(folder)
  expect(await status(app, 'linked', 'campaign/1')).toBe(502)
  await until('the refusal', async () => (await status(app, 'linked', 'campaign/1')) === 403)
  expect(await status(app, 'honest', 'openai-js/7')).toBe(502)
  const metrics = await until('the metrics', async () => {
    const text = await fetch(`${app.adminUrl}/metrics`).then((answer) => answer.text())
    return text.includes('stillwatch_campaigns{level="2"} 1') && text
  })
  expect(metrics).toContain('stillwatch_campaign_marks 1')

  // An operator finds the campaign by the account, and by its entity.
  const shown = await ofOperator<{ facts: { fact: string; value?: unknown }[] }>(
    app,
    '/api/v1/accounts/linked',
  )
  expect(campaignOf(shown.facts)).toEqual({
    'campaign.id': 'c1',
    'campaign.level': 2,
    'campaign.score': 9,
    'campaign.axes': ['uniformity', 'client'],
  })
  for (const name of ['linked', 'org_linked']) {
    expect(await ofOperator(app, `/api/v1/campaigns?entity=${name}`)).toMatchObject({
      total: 1,
      entity: 'org_linked',
      member: { entity: 'org_linked', level: 2 },
      campaigns: [{ id: 'c1' }],
    })
  }
  expect(await ofOperator(app, '/api/v1/campaigns?entity=honest')).toMatchObject({
    total: 0,
    entity: 'org_honest',
    campaigns: [],
  })
  const honest = await ofOperator<typeof shown>(app, '/api/v1/accounts/honest')
  expect(campaignOf(honest.facts)).toMatchObject({ 'campaign.level': 0, 'campaign.axes': [] })
  expect(metrics).toMatch(/stillwatch_campaign_lag_seconds \d/)
  await app.close()

  const again = await started(folder)
  // The first call after a restart is judged with what was known before.
  expect(await status(again, 'linked', 'campaign/1')).toBe(403)
  await again.close()
})
