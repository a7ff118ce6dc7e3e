import { afterAll, beforeAll, expect, it } from 'vitest'
import { aRedisStore, claimOn, ledgerOf, outcomeOf } from '../support/a-redis-store.ts'
import { startLyingRedis, type LyingRedis } from '../support/lying-redis.ts'
import { addressOf } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

let liar: LyingRedis
beforeAll(async () => {
  liar = await startLyingRedis()
})
afterAll(() => liar.stop())

const bulk = (bytes: Buffer | string): Buffer => {
  const body = Buffer.from(bytes)
  return Buffer.concat([Buffer.from(`$${body.length}\r\n`), body, Buffer.from('\r\n')])
}
const WORD = 'abcdefghijklmnopqrstuv.001776816000000'
const MEMORY = `${WORD} 001776816005000`
const doubles = (...numbers: readonly number[]): Buffer =>
  bulk(Buffer.from(new Float64Array(numbers).buffer))

const LIES: { readonly [what: string]: Buffer | string } = {
  'a number': ':7\r\n',
  'a word': '+OK\r\n',
  nothing: '$-1\r\n',
  'a list': '*2\r\n:1\r\n:2\r\n',
  'an empty text': bulk(''),
  'text of another kind': bulk('seven words that say nothing'),
  'doubles too few': doubles(1, 1),
  'doubles too many': doubles(1, 1, 0, 0, 0, 0, 0, 0, 0),
  'neither yes nor no': doubles(1, 7, 0, 0, 0, 0),
  'no time': doubles(Number.NaN, 1, 0, 0, 0, 0),
  'use below nothing': doubles(1, 1, 0, -5, 0, 0),
  'use without end': doubles(1, 1, 0, Number.POSITIVE_INFINITY, 0, 0),
  'repairs that are no number': doubles(1, 1, Number.NaN, 0, 0, 0),
}

/** A store that believes it is connected and opened. */
const deceived = async () => {
  liar.say(bulk(MEMORY))
  const store = aRedisStore(addressOf(liar.port, { commandTimeoutMs: 300 }))
  await until('a connection', () => store.state().connected)
  const ledger = ledgerOf(store)
  expect(await ledger.open()).toEqual({ word: WORD, ageMs: 5_000 })
  return { store, ledger }
}

it.each(Object.keys(LIES))('takes %s for no answer', async (what) => {
  const { ledger } = await deceived()
  liar.say(LIES[what])
  expect((await outcomeOf(ledger.take([claimOn()]))).kind).toBe('nonsense')
  expect((await outcomeOf(ledger.read([claimOn()]))).kind).toBe('nonsense')
})

it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', '\0\0\0\0\r\n\r\n', '$99999999999999\r\n', '!!!\r\n'])(
  'survives bytes that are no protocol: %j',
  async (bytes) => {
    const { ledger, store } = await deceived()
    liar.say(bytes)
    const { kind, tookMs } = await outcomeOf(ledger.take([claimOn()]))
    expect(['nonsense', 'timeout']).toContain(kind)
    expect(tookMs).toBeLessThan(600)
    liar.say(bulk(MEMORY))
    await until('a connection', () => store.state().connected)
    await until('a true word', async () => (await outcomeOf(ledger.open())).kind === 'done')
  },
)

it.each([
  'OOM',
  'LOADING',
  'BUSY',
  'MISCONF',
  'NOAUTH',
  'NOPERM',
  'ERR',
  'CLUSTERDOWN',
  'NOSCRIPT',
])('is refused by %s', async (word) => {
  const { ledger } = await deceived()
  liar.say(`-${word} for some reason\r\n`)
  expect((await outcomeOf(ledger.take([claimOn()]))).kind).toBe('refused')
  expect((await outcomeOf(ledger.correct([{ ...claimOn(), expiresMs: 1, delta: 1 }]))).kind).toBe(
    'refused',
  )
})

it('does not believe a word of its memory that is none, or a fleet that is none', async () => {
  const { ledger, store } = await deceived()
  liar.say(bulk('short'))
  expect((await outcomeOf(ledger.open())).kind).toBe('nonsense')
  expect((await outcomeOf(store.presence.beat(''))).kind).toBe('nonsense')
  liar.say('*4\r\n:1\r\n$1\r\na\r\n$1\r\nb\r\n$0\r\n\r\n')
  expect(await store.presence.beat('')).toEqual([{ id: 'b', note: '' }])
})

it('does not believe an age of its memory that cannot be', async () => {
  const { ledger } = await deceived()
  const ages: number[] = []
  for (const now of ['001776815999999', '000000000000000', '999999999999999']) {
    liar.say(bulk(`${WORD} ${now}`))
    ages.push((await ledger.open()).ageMs)
  }
  expect(ages).toEqual([0, 0, 0])
  for (const now of [
    '',
    '1776816005000',
    '-01776816005000',
    '0017768160050.0',
    '00177681600500x',
  ]) {
    liar.say(bulk(`${WORD} ${now}`))
    expect((await outcomeOf(ledger.open())).kind).toBe('nonsense')
  }
})

it('waits no longer than its deadline for one that says nothing', async () => {
  const { ledger } = await deceived()
  liar.say(undefined)
  const { kind, tookMs } = await outcomeOf(ledger.take([claimOn()]))
  expect(kind).toBe('timeout')
  expect(tookMs).toBeLessThan(500)
})
