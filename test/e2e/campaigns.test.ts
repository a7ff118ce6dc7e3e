import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { Command, CommanderError } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addCampaigns } from '../../src/commands/campaigns-cli.ts'
import type { Campaigns } from '../../src/core/campaign.ts'
import { Fault } from '../../src/core/fault.ts'
import { OPERATOR, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { csvRows } from '../support/csv-rows.ts'
import { startLoopbackServer } from '../support/loopback-server.ts'
import { createMemoryCampaigns, NOT_ACTING } from '../support/memory-campaigns.ts'
import { actingCampaign, LOOKED_AT_MS } from '../support/some-campaigns.ts'
import { tempDir } from '../support/temp-dir.ts'

const ROOT = new URL('../../', import.meta.url).pathname
const ENTRY = join(ROOT, 'src/stillwatch.js')
const ID = 'c-20261112-7f3a'

type Ran = { readonly status: number | null; readonly out: string; readonly err: string }

type Environment = { readonly [name: string]: string }

const AS_OPERATOR: Environment = { STILLWATCH_TOKEN: OPERATOR }

/** The command as a process of its own. */
const ownProcess = async (args: readonly string[], environment = AS_OPERATOR): Promise<Ran> => {
  const child = spawn(process.execPath, [ENTRY, 'campaigns', ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}

const collected = (): { readonly stream: PassThrough; text(): string } => {
  const stream = new PassThrough()
  let text = ''
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { stream, text: () => text }
}

/** The command as the command line builds it, in this process: a start takes half a second. */
const campaigns = async (args: readonly string[], environment = AS_OPERATOR): Promise<Ran> => {
  vi.unstubAllEnvs()
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const out = collected()
  const err = collected()
  let status: number | null = null
  const program = new Command('stillwatch')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void err.stream.write(text) })
  const ground = {
    streams: { out: out.stream, err: err.stream },
    readCampaignsFrom: () => Promise.resolve(createMemoryCampaigns()),
    nowMs: () => LOOKED_AT_MS,
  }
  addCampaigns(program, ground, async (work) => void (status = await work()))
  try {
    await program.parseAsync(['node', 'stillwatch', 'campaigns', ...args])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // As the command line does.
    status = error.exitCode === 0 ? 0 : 2
  }
  return { status, out: out.text(), err: err.text() }
}

afterAll(() => void vi.unstubAllEnvs())

const audit = rememberedAudit()
let there: Awaited<ReturnType<typeof startAdminListener>>

beforeAll(async () => {
  there = await startAdminListener({ campaigns: createMemoryCampaigns(), audit })
})

afterAll(() => there.close())

const asked = (args: readonly string[], token = OPERATOR): Promise<Ran> =>
  campaigns([...args, '--admin', there.url], { STILLWATCH_TOKEN: token })

describe('campaigns, asked of a running guard', () => {
  it('list prints the table, and with --json the objects of the API', async () => {
    const text = await asked(['list'], VIEWER)
    expect(text).toMatchObject({ status: 0, err: '' })
    expect(text.out).toMatch(/^3 campaigns: 1 acting.*\n\nID +LEVEL +MEMBERS/)
    expect(text.out).not.toContain('\u001b')
    const { status, campaigns: all } = JSON.parse((await asked(['list', '--json'])).out) as {
      status: object
      campaigns: object[]
    }
    expect(status).toMatchObject({ acting: true, min_reference: 500 })
    expect(all[0]).toMatchObject({ id: ID, first_action_at: '2026-11-12T14:05:00.000Z' })
  })

  it('show prints the same as the API with --json', async () => {
    const { status, out } = await asked(['show', ID])
    expect(status).toBe(0)
    expect(out).toMatch(/^2,431 accounts that behave as one; shared budget since 12 Nov/)
    expect(out).toContain(`stillwatch campaigns members ${ID} --admin ${there.url}`)
    const direct = await fetch(`${there.url}/api/v1/campaigns/${ID}`, {
      headers: { authorization: `Bearer ${VIEWER}` },
    })
    expect(JSON.parse((await asked(['show', ID, '--json'])).out)).toEqual(await direct.json())
  })

  it('members goes on from page to page by the command it names', async () => {
    const first = await asked(['members', ID, '--limit', '10'])
    expect(first.out.match(/^acct_/gm)).toHaveLength(10)
    const next = /campaigns (members .* --after \S+)$/m.exec(first.out)?.[1]?.split(' ') ?? []
    const second = await campaigns(next)
    expect(second.status).toBe(0)
    const names = (out: string): string[] => out.match(/^acct_\w+/gm) ?? []
    expect(new Set([...names(first.out), ...names(second.out)]).size).toBe(20)
  })

  it('confirm, raise and release change it, under the name of the token', async () => {
    for (const [args, out] of [
      [['confirm'], `confirmed ${ID}: confirmed, level 2 shared budget, 2,431 members\n`],
      [
        ['raise', '--level', '3'],
        `raised ${ID}: acting, level 3 step-up, 2,431 members; held at 3 or more until it is released or dismissed\n`,
      ],
      [
        ['release', '--entity', 'acct_100000'],
        `released acct_100000 of ${ID}: acting, level 3 step-up, 2,430 members\n`,
      ],
    ] as const) {
      const [act, ...rest] = args
      const ran = await asked([act, ID, ...rest, '--note', 'as told'])
      expect(ran).toEqual({ status: 0, out, err: '' })
    }
    expect(audit.entries.filter(({ phase }) => phase === 'asked')).toEqual(
      ['confirm', 'raise', 'release'].map((act): unknown =>
        expect.objectContaining({ who: 'ops', what: `campaign.${act}`, why: 'as told' }),
      ),
    )
    expect(await asked(['raise', ID, '--level', '1', '--note', 'x'])).toEqual({
      status: 1,
      out: '',
      err: `stillwatch: campaign ${ID}: it is at level 3 already, and raise only raises; release or dismiss lowers it\n`,
    })
    const dismissed = await asked(['dismiss', ID, '--note', 'a class', '--json'])
    expect(JSON.parse(dismissed.out)).toMatchObject({ id: ID, state: 'dismissed', members: 0 })
  })

  it('needs an operator for that', async () => {
    const { status, err } = await asked(['confirm', ID, '--note', 'x'], VIEWER)
    expect(status).toBe(3)
    expect(err).toContain('The role of this token does not allow this')
  })

  it('exits 1 about a campaign or a member that is not there', async () => {
    for (const args of [
      ['show', 'c-none'],
      ['members', 'c-none'],
      ['export', 'c-none'],
      ['confirm', 'c-none', '--note', 'x'],
    ]) {
      expect(await asked(args)).toEqual({
        status: 1,
        out: '',
        err: 'stillwatch: there is no campaign "c-none"; campaigns list shows those there are\n',
      })
    }
    const nobody = await asked(['release', 'c-20261116-02b1', '--entity', 'me', '--note', 'x'])
    expect(nobody.status).toBe(1)
    expect(nobody.err).toContain('"me" is no member of it')
  })

  it('exits 2 on wrong usage, and says what is missing', async () => {
    for (const [args, says] of [
      [['confirm', ID], '--note'],
      [['confirm', ID, '--note', ' '], 'Say why'],
      [['raise', ID, '--note', 'x'], '--level'],
      [['raise', ID, '--note', 'x', '--level', '5'], '1, 2, 3 or 4'],
      [['confirm', ID, '--note', 'x', '--level', '2'], '--level'],
      [['members', ID, '--limit', '0'], '1 to 1000'],
      [['export', ID, '--format', 'xlsx'], 'json, csv'],
      [['show'], 'id'],
      [['forgive', ID], 'forgive'],
    ] as const) {
      const { status, err } = await asked(args)
      expect({ args, status }).toEqual({ args, status: 2 })
      expect(err).toContain(says)
    }
    const untold = await campaigns(['confirm', ID, '--note', 'x'])
    expect(untold.status).toBe(2)
    expect(untold.err).toContain('name it with --admin')
    expect(await campaigns(['list', '--admin', there.url], { STILLWATCH_TOKEN: '' })).toMatchObject(
      { status: 2 },
    )
  })

  it('exits 3, with what to do, where the guard or its detector cannot be asked', async () => {
    expect(await campaigns(['list', '--admin', 'http://127.0.0.1:2'])).toMatchObject({
      status: 3,
      err: expect.stringContaining('no guard answers'),
    })
    const gone = (): Promise<never> => Promise.reject(new Fault('internal'))
    const away: Campaigns = { status: gone, list: gone, show: gone, members: gone, label: gone }
    const guard = await startAdminListener({ campaigns: away })
    const ran = await campaigns(['show', ID, '--admin', guard.url])
    await guard.close()
    expect(ran.status).toBe(3)
    expect(ran.err).toMatch(/cannot be reached; .*restart the guard/)
  })

  it('exits 3 where what answers is no guard of this version', async () => {
    const other = await startLoopbackServer()
    other.answer((response) => void response.writeHead(200).end('{"campaigns":[{"id":1}]}'))
    const ran = await campaigns(['list', '--admin', other.url])
    await other.close()
    expect(ran.status).toBe(3)
    expect(ran.err).toContain('does not speak of campaigns as this version does')
  })

  it('says first why nothing is acted on, and exits 0', async () => {
    const guard = await startAdminListener({
      campaigns: createMemoryCampaigns({ status: NOT_ACTING }),
    })
    const { status, out } = await campaigns(['list', '--admin', guard.url])
    await guard.close()
    expect(status).toBe(0)
    expect(out).toMatch(/^Nothing is acted on: 417 proven customers of the 500 needed/)
  })
})

describe('campaigns, as a process of its own', () => {
  it('is a command of the command line, with its exit codes', async () => {
    const ran = await ownProcess(['list', '--admin', there.url])
    expect(ran).toMatchObject({ status: 0, err: '' })
    expect(ran.out).toMatch(/^3 campaigns/)
    const usage = await ownProcess(['confirm', ID])
    expect(usage.status).toBe(2)
    expect(usage.err).toContain('--note')
  })
})

describe('campaigns, read from the data folder', () => {
  const config = join(ROOT, 'config/guard.yaml')
  const read = (args: readonly string[]): Promise<Ran> => campaigns([...args, '--config', config])

  it('tells the same, page by page and exported', async () => {
    expect((await read(['list'])).out).toMatch(/^3 campaigns: 1 acting/)
    expect((await read(['show', ID])).out).toContain(`campaigns members ${ID} --config ${config}`)
    const first = await read(['members', ID, '--limit', '1000', '--json'])
    const { total, next } = JSON.parse(first.out) as { total: number; next: string }
    expect(total).toBe(2431)
    const second = await read(['members', ID, '--after', next])
    expect(second.out).toMatch(/^50 of 2,431 members/m)
    const all = JSON.parse((await read(['export', ID])).out) as { members: unknown[] }
    expect(all.members).toHaveLength(2431)
  })

  it('has the same exit codes', async () => {
    expect(await read(['show', 'c-none'])).toMatchObject({ status: 1 })
    expect(await read(['members', ID, '--after', 'x'])).toMatchObject({ status: 2 })
    expect(await campaigns(['list', '--config', 'nowhere.yaml'])).toMatchObject({ status: 1 })
  })
})

describe('campaigns export', () => {
  it('writes 25,000 members to a file nobody else may read, or to standard output', async () => {
    const guard = await startAdminListener({
      campaigns: createMemoryCampaigns({ campaigns: [actingCampaign(25_000)] }),
    })
    const file = join(tempDir(), 'campaign.csv')
    const ran = await ownProcess([
      'export',
      ID,
      '--format',
      'csv',
      '--out',
      file,
      '--admin',
      guard.url,
    ])
    const piped = await ownProcess(['export', ID, '--admin', guard.url])
    await guard.close()
    expect(ran).toEqual({ status: 0, out: '', err: '' })
    expect(csvRows(readFileSync(file, 'utf8')).filter(([kind]) => kind === 'member')).toHaveLength(
      25_000,
    )
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(piped.status).toBe(0)
    expect((JSON.parse(piped.out) as { members: unknown[] }).members).toHaveLength(25_000)
  })

  it('exits 3 where the file cannot be written, and says so', async () => {
    const ran = await asked(['export', 'c-20261116-02b1', '--out', join(tempDir(), 'no', 'x.csv')])
    expect(ran.status).toBe(3)
    expect(ran.err).toMatch(/broke off \(ENOENT\); .* is not complete/)
  })
})
