import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMarksLog } from '../../src/campaigns/live/marks-log.ts'
import type { Mark } from '../../src/core/campaign.ts'
import { fleetOfGuards } from '../support/campaign-fleet.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const ACCOUNTS = ['honest', 'linked', 'other']
  .map((id) => JSON.stringify({ id, credentials: [`sk-${id}`], entity: `org_${id}` }))
  .join('\n')

const POLICY = `version: 1
rules:
  - { id: campaign, when: 'campaign.level >= 2.0', then: deny, why: a campaign }
`

const SETTINGS = {
  upstreams: [{ id: 'main', url: 'http://127.0.0.1:9', dialect: 'openai' }],
  accounts: { file: 'accounts.jsonl' },
  geoip: { country: null },
  // No upstream is there: its errors in a row would have calls shed with 503.
  pressure: { shed: false },
}

const guard = (settings: object, folder?: string): Promise<GuardProcess> =>
  startGuard({
    settings: { ...SETTINGS, ...settings },
    policies: { 'p.yaml': POLICY },
    files: { 'accounts.jsonl': ACCOUNTS },
    ...(folder === undefined ? {} : { folder }),
  })

const status = async (
  { url }: GuardProcess,
  account: string,
  client = 'openai-js/7',
): Promise<number> => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer sk-${account}`,
      'content-type': 'application/json',
      'user-agent': client,
      connection: 'close',
    },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** A folder as a killed guard leaves it: with a mark, whose line is followed by one that was cut. */
const leftFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-e2e-'))
  const campaigns = join(folder, 'data/campaigns')
  mkdirSync(campaigns, { recursive: true })
  const mark: Mark = {
    entity: 'org_linked',
    campaign: 'c-7',
    level: 2,
    score: 9,
    axes: ['client'],
    atMs: Date.now() - 1_000,
    untilMs: Date.now() + 3_600_000,
  }
  const log = openMarksLog(campaigns)
  log.append([mark])
  log.close()
  writeFileSync(join(campaigns, 'marks'), '[1,["org_oth', { flag: 'a' })
  return folder
}

test('every worker judges its first call with the marks of before', async () => {
  const left = leftFolder()
  const guarded = await startGuard({
    settings: { ...SETTINGS, data_dir: join(left, 'data'), workers: 2 },
    policies: { 'p.yaml': POLICY },
    files: { 'accounts.jsonl': ACCOUNTS },
  })
  try {
    // Connections are handed out to the workers in turn.
    for (let call = 0; call < 4; call++) expect(await status(guarded, 'linked')).toBe(403)
    expect(await status(guarded, 'honest')).toBe(502)
    expect(await status(guarded, 'other')).toBe(502)
    const { body } = await guarded.admin('/metrics')
    expect(String(body)).toContain('stillwatch_campaign_marks 1')
  } finally {
    await guarded.stop()
  }
}, 40_000)

test('what one replica sees marks the entity on all of them, workers too, while detection runs apart', async () => {
  const fleet = fleetOfGuards(redis.port)
  const own = { ...fleet.settings, campaigns: { detect: 'apart' } }
  const one = await guard(own)
  const two = await guard({ ...own, workers: 2 })
  try {
    expect(await status(one, 'linked', 'campaign/1')).toBe(502)
    const running = fleet.detector()
    for (const replica of [one, two]) {
      await until('the refusal', async () => (await status(replica, 'linked')) === 403, 20_000)
      expect(await status(replica, 'honest')).toBe(502)
    }
    await until('each worker', async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => status(two, 'linked')))
      return all.every((came) => came === 403)
    })
    await until(
      'the metrics',
      async () => {
        const { body } = await two.admin('/metrics')
        return String(body).includes('stillwatch_campaigns{level="2"} 1')
      },
      20_000,
    )
    // Each replica can say which campaign the account is in, by what the detector elsewhere found.
    for (const replica of [one, two]) {
      expect((await replica.admin('/api/v1/campaigns?entity=linked')).body).toMatchObject({
        entity: 'org_linked',
        campaigns: [{ id: 'c1' }],
      })
      expect((await replica.admin('/api/v1/accounts/linked')).body).toMatchObject({
        facts: expect.arrayContaining([
          expect.objectContaining({ fact: 'campaign.id', value: 'c1' }),
        ]),
      })
    }
    await running.close()

    // The detector is gone and so is Redis: what is known holds.
    redis.freeze()
    expect(await status(one, 'linked')).toBe(403)
    expect(await status(two, 'linked')).toBe(403)
    redis.thaw()
    // A replica that starts finds the marks before its first call.
    const three = await guard(own)
    try {
      expect(await status(three, 'linked')).toBe(403)
    } finally {
      await three.stop()
    }
  } finally {
    redis.thaw()
    await Promise.all([one.stop(), two.stop()])
  }
}, 90_000)

test('a replica that starts while Redis is gone knows the marks that stood, in every process', async () => {
  const lost = await startRedis()
  const fleet = fleetOfGuards(lost.port)
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-e2e-'))
  const own = { ...fleet.settings, data_dir: folder, campaigns: { detect: 'apart' } }
  try {
    const first = await guard(own)
    const running = fleet.detector()
    expect(await status(first, 'linked', 'campaign/1')).toBe(502)
    await until('the refusal', async () => (await status(first, 'linked')) === 403, 20_000)
    const file = join(folder, 'campaigns/marks')
    await until('the copy', () => existsSync(file) && readFileSync(file, 'utf8').includes('linked'))
    await first.kill()
    await running.close()
    await lost.kill()
    const again = await guard({ ...own, workers: 2 })
    try {
      for (let call = 0; call < 4; call++) expect(await status(again, 'linked')).toBe(403)
      expect(await status(again, 'honest')).toBe(502)
    } finally {
      await again.stop()
    }
  } finally {
    await lost.stop()
  }
}, 60_000)
