import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aCost, aDemand, admitted, refused } from '../support/a-demand.ts'
import { createFleetWorld, holdTimers, type FleetWorld } from '../support/fleet-world.ts'

const MAX_KEYS = 500
/** What all keys beyond the cap share, of one limit. */
const SHARED = 64

describe('a flood of keys that nobody has seen before', () => {
  let world: FleetWorld
  const one = () => {
    const [member] = world.members
    if (member === undefined) throw new Error('no replica')
    return member
  }
  const demand = (key: string) => aDemand({ key, counted: 'tokens', quota: 1_000_000 })
  const admit = async (key: string, tokens = 1) =>
    one().limiter.admit([demand(key)], aCost(tokens), world.now())
  const ledgerKeys = () =>
    world.places.reduce((total, place) => total + place.counters().stats().keys, 0)

  beforeEach(async () => {
    holdTimers()
    world = await createFleetWorld({ replicas: 1, ledgers: 4, maxKeys: MAX_KEYS })
  })
  afterEach(() => world.close())

  it('makes a bounded number of counters, here and in the ledgers', async () => {
    for (let key = 0; key < 20_000; key++) admitted(await admit(`random-${key}`))
    expect(one().limiter.state().keys).toBeLessThanOrEqual(MAX_KEYS + SHARED)
    expect(ledgerKeys()).toBeLessThanOrEqual(MAX_KEYS + SHARED)
  })

  it('is counted all the same', async () => {
    for (let key = 0; key < 20_000; key++) await admit(`random-${key}`)
    let counted = 0
    for (const place of world.places) {
      const { slots } = place.counters()
      for (let slot = 0; slot < slots.highWater(); slot++) counted += slots.used(slot)
    }
    expect(counted).toBe(20_000)
  })

  it('still asks one ledger for a call whose limits share a key', async () => {
    for (let key = 0; key < 2_000; key++) await admit(`random-${key}`)
    // The first has a counter of its own, the others share theirs.
    const known = demand('random-0')
    const limits = [known, ...['l1', 'l2', 'l3'].map((limit) => ({ ...known, limit }))]
    const before = one().wires.map((wire) => wire.asked())
    admitted(await one().limiter.admit(limits, aCost(1), world.now()))
    const asked = one().wires.map((wire, at) => wire.asked() - (before[at] ?? 0))
    expect(asked.toSorted()).toEqual([0, 0, 0, 1])
  })

  it('leaves no trace where it is refused', async () => {
    for (let key = 0; key < 2_000; key++) {
      refused(await one().limiter.admit([{ ...demand(`k${key}`), quota: 0 }], aCost(), world.now()))
    }
    expect(one().limiter.state().keys).toBe(0)
    expect(ledgerKeys()).toBe(0)
  })

  it('makes as few while no ledger can be reached, and brings as few', async () => {
    for (const wire of one().wires) wire.is('cut')
    await world.pass(500)
    for (let key = 0; key < 20_000; key++) admitted(await admit(`random-${key}`))
    const { keys, ledgers } = one().limiter.state()
    expect(keys).toBeLessThanOrEqual(MAX_KEYS + SHARED)
    const pending = ledgers.reduce((total, each) => total + each.pending, 0)
    expect(pending).toBeLessThanOrEqual(MAX_KEYS + SHARED)
    expect(ledgers.every(({ dropped }) => dropped === 0)).toBe(true)
    for (const wire of one().wires) wire.is('whole')
    await world.pass(2_500)
    expect(ledgerKeys()).toBeLessThanOrEqual(MAX_KEYS + SHARED)
  })
})
