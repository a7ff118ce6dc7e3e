import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import {
  answer,
  call,
  challengeOf,
  clearancesOf,
  clearedBy,
  revoke,
  solved,
} from '../support/challenged-caller.ts'
import { keyOf, PROVE_BOUND, startChallenging } from '../support/challenging-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { until } from '../support/wait.ts'
import { workersOf } from '../support/workers-rig.ts'

const ANSWERS = 200
const CALLS = 8

let standIn: StandIn
const guards: GuardProcess[] = []

const start = async (
  more: Partial<Parameters<typeof startChallenging>[0]> = {},
): Promise<GuardProcess> => {
  const guard = await startChallenging({
    upstreamUrl: standIn.url,
    policy: PROVE_BOUND,
    ...more,
  })
  guards.push(guard)
  return guard
}

beforeAll(async () => {
  standIn = await createStandIn()
})
afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.stop()))
  for (const { folder } of guards) rmSync(folder, { recursive: true, force: true })
  guards.length = 0
})
afterAll(() => standIn.close())

/** Statuses of several calls, each on a connection of its own. */
const statusesOf = async (
  guard: GuardProcess,
  key: string,
  headers?: { readonly [name: string]: string },
): Promise<readonly number[]> => {
  const said = await Promise.all(Array.from({ length: CALLS }, () => call(guard, key, headers)))
  return said.map(({ status }) => status)
}
const all = (status: number): readonly number[] => Array<number>(CALLS).fill(status)

describe('a guard that keeps its clearances itself', () => {
  it('holds one, and its proof for spent, when it is killed right after it said yes', async () => {
    let guard = await start()
    const { folder } = guard
    for (let round = 0; round < 4; round++) {
      const key = keyOf(round)
      const challenge = await challengeOf(guard, key)
      const body = solved(challenge)
      const cleared = clearedBy(await answer(guard, challenge.id, body))
      await guard.kill()
      guard = await start({ folder })
      expect((await call(guard, key)).status).toBe(200)
      expect((await answer(guard, challenge.id, body)).status).toBe(409)
      const [listed, ...others] = await clearancesOf(guard, `acct_${round}`)
      expect(listed?.expires_at).toBe(cleared.expires_at)
      expect(others).toEqual([])
    }
  })

  it('grants one proof once, though it is killed in the middle of the answers', async () => {
    let guard = await start()
    const { folder } = guard
    const challenges = []
    for (let at = 0; at < 20; at++) challenges.push(await challengeOf(guard, keyOf(at)))
    const bodies = challenges.map(solved)
    const statuses: number[][] = challenges.map(() => [])
    const rush = challenges.map(async ({ id }, at) => {
      const said = await answer(guard, id, bodies[at] ?? '')
      statuses[at]?.push(said.status)
    })
    await until('some answers', () => statuses.flat().length >= 5)
    await guard.kill()
    await Promise.all(rush)
    guard = await start({ folder })
    for (const [at, { id }] of challenges.entries()) {
      // Whoever was not answered asks again: it may have been granted all the same.
      statuses[at]?.push((await answer(guard, id, bodies[at] ?? '')).status)
      expect((await call(guard, keyOf(at))).status).toBe(200)
      expect(await clearancesOf(guard, `acct_${at}`)).toHaveLength(1)
    }
    const granted = statuses.map((some) => some.filter((status) => status === 200).length)
    console.log(JSON.stringify({ statuses: statuses.map((some) => some.join(' ')) }))
    expect(Math.max(...granted)).toBe(1)
    expect([0, 200, 409]).toEqual(expect.arrayContaining([...new Set(statuses.flat())]))
  })

  it('ends one that is revoked for good, carried or not, also when it is killed then', async () => {
    let guard = await start()
    const { folder } = guard
    const key = keyOf(0)
    const challenge = await challengeOf(guard, key)
    const { clearance } = clearedBy(await answer(guard, challenge.id, solved(challenge)))
    const carried = { 'x-stillwatch-clearance': clearance }
    expect((await call(guard, key, carried)).status).toBe(200)
    const [listed] = await clearancesOf(guard, 'acct_0')
    expect(await revoke(guard, listed?.id ?? '')).toBe(200)
    await guard.kill()
    guard = await start({ folder })
    expect((await call(guard, key)).status).toBe(403)
    expect((await call(guard, key, carried)).status).toBe(403)
    expect((await answer(guard, challenge.id, solved(challenge))).status).toBe(409)
  })
})

describe('two workers', () => {
  const ready = (guard: GuardProcess): number =>
    guard.output().split('"msg":"worker takes calls"').length - 1

  it('grant one proof once, and what one granted holds at both, also after they are killed', async () => {
    const guard = await start({ settings: { workers: 2 } })
    const key = keyOf(0)
    const challenge = await challengeOf(guard, key)
    const body = solved(challenge)
    const said = await Promise.all(
      Array.from({ length: ANSWERS }, () => answer(guard, challenge.id, body)),
    )
    const granted = said.filter(({ status }) => status === 200)
    expect(granted).toHaveLength(1)
    expect(said.filter(({ status }) => status === 409)).toHaveLength(ANSWERS - 1)
    expect(await statusesOf(guard, key)).toEqual(all(200))
    expect(await clearancesOf(guard)).toHaveLength(1)

    for (const count of [1, 2]) {
      const before = ready(guard)
      for (const pid of workersOf(guard).slice(0, count)) process.kill(pid, 'SIGKILL')
      await until('them to be replaced', () => ready(guard) === before + count, 20_000)
      expect(await statusesOf(guard, key)).toEqual(all(200))
      expect((await answer(guard, challenge.id, body)).status).toBe(409)
    }

    const carried = { 'x-stillwatch-clearance': granted.map(clearedBy)[0]?.clearance ?? '' }
    const [listed] = await clearancesOf(guard, 'acct_0')
    expect(await revoke(guard, listed?.id ?? '')).toBe(200)
    await until('both workers to have heard', async () =>
      (await statusesOf(guard, key, carried)).every((status) => status === 403),
    )
    expect(await statusesOf(guard, key)).toEqual(all(403))
  })

  it('let calls pass right after the answer, whichever of them took it', async () => {
    const guard = await start({ settings: { workers: 2 } })
    for (let account = 0; account < 12; account++) {
      const key = keyOf(account)
      const challenge = await challengeOf(guard, key)
      // One more connection shifts whose turn it is.
      if (account % 2 === 0) await guard.admin('/readyz')
      if (account % 3 === 0) await call(guard, key)
      expect((await answer(guard, challenge.id, solved(challenge))).status).toBe(200)
      for (let more = 0; more < 4; more++) expect((await call(guard, key)).status).toBe(200)
    }
  })
})
