import { afterEach, describe, expect, it } from 'vitest'
import { EMPTY_SWITCH_SET, type SwitchEntry, type SwitchSet } from '../../../src/core/switches.ts'
import {
  createSwitchKeeper,
  SWITCHES_TOPIC,
  type SwitchKeeper,
} from '../../../src/policy/switch-keeper.ts'
import { createFakeClock } from '../../support/clock.ts'
import { createGossipHub } from '../../support/gossip-hub.ts'
import { aSwitch, createMemoryBoard } from '../../support/some-switches.ts'
import { until } from '../../support/wait.ts'

describe('a keeper of switches', () => {
  const open: SwitchKeeper[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((keeper) => keeper.close()))
  })
  const clock = createFakeClock()
  const keep = (
    board = createMemoryBoard(),
    over: {
      readonly lookMs?: number
      readonly start?: SwitchSet
      readonly hub?: ReturnType<typeof createGossipHub>
    } = {},
  ) => {
    const applied: string[][] = []
    const returned: SwitchEntry[] = []
    const taken: number[] = []
    const keeper = createSwitchKeeper({
      board,
      start: over.start ?? EMPTY_SWITCH_SET,
      clock,
      lookMs: over.lookMs ?? 2 ** 31 - 1,
      gossip: over.hub?.join(),
      apply: (switches) => void applied.push([...switches.keys()]),
      onTaken: (_, after) => void taken.push(after.version),
      onReturned: (some) => void returned.push(...some),
    })
    open.push(keeper)
    return { keeper, applied, returned, taken, board }
  }

  it('puts in force what it starts with, and each change before it is confirmed', async () => {
    const { keeper, applied } = keep(undefined, {
      start: { version: 0, entries: [aSwitch({ id: 'start' })] },
    })
    expect(applied).toEqual([['start']])
    await keeper.change(0, [aSwitch()])
    expect(applied).toEqual([['start'], ['r-1']])
  })

  it('takes what stands there by now where its change comes too late', async () => {
    const { keeper, applied, board } = keep()
    await board.change(0, [aSwitch({ id: 'other' })])
    const outcome = await keeper.change(0, [aSwitch()])
    expect(outcome.kind).toBe('conflict')
    expect(applied).toEqual([['other']])
    expect(keeper.known().version).toBe(1)
  })

  it('finds out whether a change whose answer was lost was made', async () => {
    const { keeper, board } = keep()
    board.fail('after')
    expect(await keeper.change(0, [aSwitch()])).toMatchObject({ kind: 'changed' })
    board.fail('before')
    await expect(keeper.change(1, [])).rejects.toThrow('no answer')
    expect(keeper.reachable()).toBe(false)
    expect(keeper.known().version).toBe(1)
  })

  it('hears of changes from the others, and asks the board what they are', async () => {
    const hub = createGossipHub()
    const board = createMemoryBoard()
    const one = keep(board, { hub })
    const other = keep(board, { hub })
    await one.keeper.change(0, [aSwitch()])
    await until('the other to follow', () => other.applied.length === 1)
    expect(other.applied).toEqual([['r-1']])
  })

  it('asks nobody for news that is old or none', async () => {
    const hub = createGossipHub()
    const board = createMemoryBoard()
    let reads = 0
    const { keeper } = keep({ ...board, read: () => board.read().finally(() => reads++) }, { hub })
    const liar = hub.join()
    for (const text of ['0', '-1', 'x', '', '1e5', '9'.repeat(99), '{"version":5}'])
      liar.tell(SWITCHES_TOPIC, text)
    liar.tell(SWITCHES_TOPIC, '7')
    await until('the news', () => reads > 0)
    expect(reads).toBe(1)
    expect(keeper.known()).toEqual(EMPTY_SWITCH_SET)
  })

  it('returns what nobody confirmed at its time, and takes it out of the set once', async () => {
    const board = createMemoryBoard()
    const keepers = [
      keep(board, { lookMs: 5 }),
      keep(board, { lookMs: 5 }),
      keep(board, { lookMs: 5 }),
    ]
    const untilMs = clock.now() + 60_000
    await keepers[0]?.keeper.change(0, [aSwitch({ untilMs }), aSwitch({ id: 'stays' })])
    await until('all to follow', () => keepers.every(({ applied }) => applied.length === 1))
    clock.advance(60_000)
    await until('all to have it back', () =>
      keepers.every(({ applied }) => applied.at(-1)?.join() === 'stays'),
    )
    await until('it to be taken out', () => keepers.every(({ taken }) => taken.at(-1) === 2))
    expect(board.changes()).toBe(2)
    expect(keepers.flatMap(({ returned }) => returned)).toMatchObject([{ id: 'r-1' }])
  })

  it('returns it also where the board cannot be asked', async () => {
    const board = createMemoryBoard()
    const { keeper, applied, returned } = keep(board, { lookMs: 5 })
    await keeper.change(0, [aSwitch({ untilMs: clock.now() + 60_000 })])
    board.fail('before')
    clock.advance(60_000)
    await until('it to be back', () => applied.at(-1)?.length === 0)
    expect(keeper.known().version).toBe(1)
    board.fail('never')
    await until('it to be taken out', () => returned.length === 1)
    expect(keeper.known()).toEqual({ version: 2, entries: [] })
  })

  it('never goes back to an older set, and believes the board of two of one version', async () => {
    const board = createMemoryBoard()
    let set: SwitchSet = { version: 5, entries: [aSwitch({ id: 'five' })] }
    const { keeper, applied, taken } = keep({ ...board, read: () => Promise.resolve(set) })
    await keeper.latest()
    set = { version: 4, entries: [] }
    await keeper.latest()
    expect(keeper.known().version).toBe(5)
    set = { version: 5, entries: [aSwitch({ id: 'other-five' })] }
    await keeper.latest()
    expect(applied).toEqual([['five'], ['other-five']])
    expect(taken).toEqual([5, 5])
  })
})
