import { PassThrough } from 'node:stream'
import { Command, CommanderError } from 'commander'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addCampaigns } from '../../src/commands/campaigns-cli.ts'
import { startAdminListener } from '../support/admin-listener.ts'
import { VIEWER } from '../support/an-admin.ts'
import { createMemoryCampaigns } from '../support/memory-campaigns.ts'
import { LOOKED_AT_MS } from '../support/some-campaigns.ts'

const ID = 'c-20261112-7f3a'
const CONFIG = new URL('../../config/guard.yaml', import.meta.url).pathname

let there: Awaited<ReturnType<typeof startAdminListener>>

beforeAll(async () => {
  vi.stubEnv('STILLWATCH_TOKEN', VIEWER)
  there = await startAdminListener({ campaigns: createMemoryCampaigns() })
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await there.close()
})

type Ran = { readonly status: number | null; readonly out: string; readonly err: string }

/** `campaigns list --entity` as the command line builds it. */
const listOf = async (...args: readonly string[]): Promise<Ran> => {
  const texts = { out: '', err: '' }
  const collected = (into: 'out' | 'err'): PassThrough =>
    new PassThrough().on('data', (chunk: Buffer) => (texts[into] += chunk.toString()))
  const streams = { out: collected('out'), err: collected('err') }
  const ground = {
    streams,
    readCampaignsFrom: () => Promise.resolve(createMemoryCampaigns()),
    nowMs: () => LOOKED_AT_MS,
  }
  let status: number | null = null
  const program = new Command('stillwatch')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void streams.err.write(text) })
  addCampaigns(program, ground, async (work) => void (status = await work()))
  try {
    await program.parseAsync(['node', 'stillwatch', 'campaigns', 'list', '--entity', ...args])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    status = 2
  }
  return { status, ...texts }
}

describe('campaigns list --entity', () => {
  it('says which campaign an account is in, by a running guard', async () => {
    const { status, out } = await listOf('acct_100000', '--admin', there.url)
    expect(status).toBe(0)
    expect(out).toMatch(
      /^acct_100000 is in c-20261112-7f3a since .*, \d+ calls; level 2 shared budget\.\n/,
    )
    expect(out).toContain('1 campaign')
    const json = await listOf('acct_100000', '--admin', there.url, '--json')
    expect(JSON.parse(json.out)).toMatchObject({
      entity: 'acct_100000',
      member: { entity: 'acct_100000', level: 2 },
      campaigns: [{ id: ID }],
    })
  })

  it('says that it is in none, and exits 0', async () => {
    expect(await listOf('nobody', '--admin', there.url)).toEqual({
      status: 0,
      out: 'nobody is in no campaign.\n',
      err: '',
    })
  })

  it('reads the same from a data folder, where it is the entity that is named', async () => {
    expect((await listOf('acct_100000', '--config', CONFIG)).out).toMatch(/^acct_100000 is in c-/)
    expect((await listOf('nobody', '--config', CONFIG)).out).toMatch(
      /^nobody is in no campaign\. Without --admin .* name the entity/,
    )
  })

  it.each(['', 'x'.repeat(257)])(
    'takes no account of other than 1 to 256 characters',
    async (id) => {
      const { status, err } = await listOf(id, '--admin', there.url)
      expect(status).toBe(2)
      expect(err).toContain('1 to 256 characters')
    },
  )
})
