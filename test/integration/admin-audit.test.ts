import { spawn } from 'node:child_process'
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAudit, type Audit, type AuditEntry } from '../../src/http/admin/audit.ts'
import { ownToken } from '../../src/http/admin/token.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { createFakeClock } from '../support/clock.ts'

let root: string
let path: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'stillwatch-audit-'))
  path = join(root, 'audit.ndjson')
})
afterEach(() => rm(root, { recursive: true, force: true }))

const openAudit = (): Audit => createAudit({ path, clock: createFakeClock(0) })
const entry = (n: number, changes: Partial<AuditEntry> = {}): AuditEntry => ({
  id: String(n),
  phase: 'asked',
  who: 'ops',
  what: 'policy.reload',
  ...changes,
})
const idsOf = (entries: readonly unknown[]): string[] =>
  entries.map((each) => (each as AuditEntry).id)

describe('the audit', () => {
  it('has every entry on the disk once it is confirmed, in order, readable by its owner only', async () => {
    const audit = openAudit()
    await Promise.all(Array.from({ length: 20 }, (_, n) => audit.record(entry(n))))
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as AuditEntry).id)).toEqual(
      Array.from({ length: 20 }, (_, n) => String(n)),
    )
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      id: '0',
      phase: 'asked',
      who: 'ops',
      what: 'policy.reload',
    })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is read newest first, page by page, across a restart', async () => {
    const audit = openAudit()
    for (let n = 0; n < 25; n++) await audit.record(entry(n, { why: 'x'.repeat(n * 10) }))
    const all: string[] = []
    let before: number | undefined
    do {
      const page = await openAudit().page({ limit: 10, before })
      all.push(...idsOf(page.entries))
      before = page.next
    } while (before !== undefined)
    expect(all).toEqual(Array.from({ length: 25 }, (_, n) => String(24 - n)))
  })

  it('has no entries before the first change', async () => {
    expect(await openAudit().page({ limit: 10 })).toEqual({ entries: [], next: undefined })
  })

  it('keeps what a crash tore, and what comes after it is whole', async () => {
    const audit = openAudit()
    await audit.record(entry(1))
    await appendFile(path, '{"id":"torn","wh')
    await audit.record(entry(2))
    const page = await audit.page({ limit: 10 })
    expect(idsOf(page.entries)).toEqual(['2', '1'])
    expect(await readFile(path, 'utf8')).toContain('{"id":"torn","wh\n')
  })

  it('keeps one line an entry, whatever somebody wrote', async () => {
    const audit = openAudit()
    for (const [n, why] of NAUGHTY.entries()) await audit.record(entry(n, { why, who: why }))
    const page = await audit.page({ limit: 200 })
    expect(page.entries).toHaveLength(NAUGHTY.length)
    expect((page.entries.toReversed() as AuditEntry[]).map(({ why }) => why)).toEqual(NAUGHTY)
  })

  it('refuses an entry it cannot write, and takes the next one it can', async () => {
    await mkdir(path)
    const audit = openAudit()
    await expect(audit.record(entry(1))).rejects.toThrow()
    await expect(audit.page({ limit: 1 })).rejects.toThrow()
    await rm(path, { recursive: true })
    await audit.record(entry(2))
    expect(idsOf((await audit.page({ limit: 10 })).entries)).toEqual(['2'])
  })

  it('holds whole entries only when the disk is full, each refused one with none of its bytes', async () => {
    // The writer runs under a limit on the size of files, which cuts a write short as a full disk does.
    const program = `
      import { createAudit } from ${JSON.stringify(new URL('../../src/http/admin/audit.ts', import.meta.url).href)}
      const audit = createAudit({ path: ${JSON.stringify(path)}, clock: { now: () => 0 } })
      let refused = 0
      for (let n = 0; n < 60; n++) await audit.record({ id: String(n), phase: 'asked', who: 'ops', what: 'w', why: 'y'.repeat(300) }).catch(() => refused++)
      process.stdout.write(String(refused))`
    const script = join(root, 'writer.mts')
    await writeFile(script, program)
    const child = spawn('bash', ['-c', `ulimit -f 8; exec "${process.execPath}" "${script}"`])
    let refused = ''
    child.stdout.on('data', (text: Buffer) => {
      refused += text.toString()
    })
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
    expect(Number(refused)).toBeGreaterThan(20)
    const text = await readFile(path, 'utf8')
    expect(text.endsWith('\n')).toBe(true)
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(60 - Number(refused))
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow()
    await openAudit().record(entry(99))
    expect(idsOf((await openAudit().page({ limit: 1 })).entries)).toEqual(['99'])
  })
})

describe('the token of an installation', () => {
  it('is made once, long, and readable by its owner only', async () => {
    const dataDir = join(root, 'data')
    const made = await ownToken({ dataDir })
    expect(made.created).toBe(true)
    expect(made.token).toMatch(/^[\w-]{43}$/)
    expect(await ownToken({ dataDir })).toEqual({ token: made.token, created: false })
    const file = join(dataDir, 'admin-token')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await chmod(file, 0o644)
    await ownToken({ dataDir })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('is made anew where the file holds none', async () => {
    for (const text of ['', 'short', '\n', 'x'.repeat(44)]) {
      await writeFile(join(root, 'admin-token'), text)
      const made = await ownToken({ dataDir: root })
      expect(made.created).toBe(true)
      expect((await readFile(join(root, 'admin-token'), 'utf8')).trim()).toBe(made.token)
    }
  })

  it('does not exist where the folder cannot be written: the start fails', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(ownToken({ dataDir: join(root, 'file') })).rejects.toThrow()
  })
})
