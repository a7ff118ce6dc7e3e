import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DecisionFilter } from '../../src/sinks/decision-query.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { aLimitState, aRuling, someFacts } from '../support/an-event.ts'
import {
  askIndex,
  deniedEvent,
  findIn,
  FIRST_AT_MS,
  idsOf,
  recordOf,
  useIndexFolder,
} from '../support/index-folder.ts'
import { until } from '../support/wait.ts'

const folder = useIndexFolder()
const factsOf = (account: string, network: string) =>
  someFacts({
    'account.id': account,
    'caller.network': network,
    'caller.credential': `c-${account}`,
  })

describe('the decision index', () => {
  it('is readable by nobody else, its log included', async () => {
    const index = folder.open()
    index.add(recordOf(deniedEvent(0)))
    await askIndex(index)
    const names = (await readdir(folder.root)).filter((name) => name.startsWith('decisions.sqlite'))
    expect(names.length).toBeGreaterThan(1)
    for (const name of names) {
      expect((await stat(join(folder.root, name))).mode & 0o777, name).toBe(0o600)
    }
  })

  it('answers newest first, and at once for what was decided a moment ago', async () => {
    const index = folder.open({ flushMs: 60_000 })
    for (let n = 0; n < 5; n++) index.add(recordOf(deniedEvent(n)))
    expect(idsOf(await askIndex(index))).toEqual(['id-4', 'id-3', 'id-2', 'id-1', 'id-0'])
    expect(await findIn(index, 'id-3')).toBe(recordOf(deniedEvent(3)))
    expect(await findIn(index, 'id-99')).toBeUndefined()
  })

  it('filters by account, credential, network, rule, verdict and time, in any combination', async () => {
    const index = folder.open()
    const shadow = [{ rule: 'r-2', verdict: 'deny', because: 'shadow' }] as const
    const limited = [aLimitState({ limit: 'l-1', exceeded: true })]
    index.add(recordOf(deniedEvent(0, { facts: factsOf('a', 'n1') })))
    index.add(
      recordOf(
        deniedEvent(1, {
          facts: factsOf('a', 'n2'),
          ruling: aRuling({ verdict: 'challenge', rule: 'r-2' }),
        }),
      ),
    )
    index.add(recordOf(deniedEvent(2, { facts: factsOf('b', 'n1'), ruling: aRuling({ shadow }) })))
    index.add(recordOf(deniedEvent(3, { facts: factsOf('b', 'n2'), ruling: aRuling({}, limited) })))
    const cases: readonly (readonly [Partial<DecisionFilter>, string[]])[] = [
      [{}, ['id-3', 'id-2', 'id-1', 'id-0']],
      [{ account: 'a' }, ['id-1', 'id-0']],
      [{ credential: 'c-b' }, ['id-3', 'id-2']],
      [{ network: 'n1' }, ['id-2', 'id-0']],
      [{ rule: 'r-2' }, ['id-2', 'id-1']],
      [{ rule: 'l-1' }, ['id-3']],
      [{ verdict: 'throttle' }, ['id-3']],
      [{ verdict: 'deny' }, ['id-0']],
      [{ sinceMs: FIRST_AT_MS + 1, untilMs: FIRST_AT_MS + 3 }, ['id-2', 'id-1']],
      [{ account: 'b', network: 'n1' }, ['id-2']],
      [{ account: 'b', rule: 'r-2', verdict: 'allow' }, ['id-2']],
      [{ account: 'b', verdict: 'deny' }, []],
      [{ rule: 'r-2', untilMs: FIRST_AT_MS + 2 }, ['id-1']],
      [{ account: 'nobody' }, []],
    ]
    for (const [filter, wanted] of cases) {
      expect(idsOf(await askIndex(index, filter)), JSON.stringify(filter)).toEqual(wanted)
    }
  })

  it('pages through all of it once, also where many arrived in the same millisecond', async () => {
    const index = folder.open()
    const all: string[] = []
    for (let n = 0; n < 250; n++) {
      const event = deniedEvent(n)
      index.add(
        recordOf({
          ...event,
          arrival: { ...event.arrival, atMs: FIRST_AT_MS + Math.floor(n / 50) },
        }),
      )
    }
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await askIndex(index, { limit: 30, cursor, account: 'acct_1' })
      all.push(...idsOf(page))
      cursor = page.next
      pages++
    } while (cursor !== undefined && pages < 50)
    expect(pages).toBe(9)
    expect(new Set(all).size).toBe(250)
    expect(all).toHaveLength(250)
  })

  it('treats naughty text in a filter as text', async () => {
    const index = folder.open()
    for (const [n, text] of NAUGHTY.entries()) {
      index.add(recordOf(deniedEvent(n, { facts: someFacts({ 'account.id': text }) })))
    }
    for (const [n, text] of NAUGHTY.entries()) {
      // A lone surrogate has no UTF-8 form: SQLite stores its replacement.
      if (!text.isWellFormed() || text.includes('\0')) continue
      expect(idsOf(await askIndex(index, { account: text })), JSON.stringify(text)).toEqual([
        `id-${n}`,
      ])
      expect(idsOf(await askIndex(index, { rule: text }))).toEqual([])
    }
  })

  it('ends a search that takes too many rows early, and says where to go on', async () => {
    const index = folder.open({ caps: { queryRows: 100 } })
    for (let n = 0; n < 450; n++) {
      const facts = someFacts({ 'account.id': 'a', 'caller.network': n === 3 ? 'rare' : 'common' })
      index.add(recordOf(deniedEvent(n, { facts })))
    }
    const got: string[] = []
    let rounds = 0
    let cursor: string | undefined
    do {
      const page = await askIndex(index, { account: 'a', network: 'rare', cursor })
      got.push(...idsOf(page))
      cursor = page.next
      expect(page.partial).toBe(cursor !== undefined)
      rounds++
    } while (cursor !== undefined)
    expect(got).toEqual(['id-3'])
    expect(rounds).toBe(5)
  })

  it('keeps the newest rows within the bound', async () => {
    const index = folder.open({ maxRows: 100 })
    for (let n = 0; n < 1_000; n++) index.add(recordOf(deniedEvent(n)))
    await askIndex(index)
    index.add(recordOf(deniedEvent(1_000)))
    const page = await askIndex(index, { limit: 1_000 })
    expect(page.records.length).toBeLessThanOrEqual(100)
    expect(idsOf(page)[0]).toBe('id-1000')
    expect((await askIndex(index, { rule: 'r-1', limit: 1_000 })).records).toHaveLength(
      page.records.length,
    )
  })

  it('takes no more questions at once than it can answer', async () => {
    const index = folder.open()
    const answers = await Promise.all(Array.from({ length: 40 }, () => index.query({ limit: 1 })))
    expect(answers.filter(({ ok }) => ok).length).toBe(16)
    expect(answers.filter((answer) => !answer.ok && answer.why === 'busy')).toHaveLength(24)
    expect((await index.query({ limit: 1 })).ok).toBe(true)
  })

  it('drops and counts what the thread cannot keep up with', async () => {
    const index = folder.open({ queueLength: 1_000 })
    for (let n = 0; n < 1_500; n++) index.add(recordOf(deniedEvent(n)))
    expect(folder.dropped).toBe(500)
    await until(
      'the queue is empty again',
      async () => (await askIndex(index, { limit: 2_000 })).records.length === 1_000,
    )
    index.add(recordOf(deniedEvent(2_000)))
    expect(folder.dropped).toBe(500)
  })
})
