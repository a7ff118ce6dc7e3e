import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SwitchBoard } from '../../src/core/switches.ts'
import { aSwitch } from '../support/some-switches.ts'

/** A place where switches are kept, as a suite needs it. */
export type BoardWorld = {
  /** The board as two askers see it; the same one where only one can ask. */
  readonly one: SwitchBoard
  readonly other: SwitchBoard
  close(): Promise<void>
}

const RACERS = 50

/** What every board of switches has to do. */
export const switchBoardSuite = (name: string, start: () => Promise<BoardWorld>): void => {
  describe(`switch board: ${name}`, () => {
    let world: BoardWorld
    beforeAll(async () => {
      world = await start()
    })
    afterAll(() => world.close())

    it('begins with nothing, and has what was put there, for everybody', async () => {
      const { one, other } = world
      expect(await one.read()).toEqual({ version: 0, entries: [] })
      const entries = [
        aSwitch({ untilMs: 9_000 }),
        aSwitch({ id: 'r-2', mode: undefined, rollout: 2.5 }),
      ]
      expect(await one.change(0, entries)).toMatchObject({ kind: 'changed', set: { version: 1 } })
      const { version, entries: found } = await other.read()
      expect(version).toBe(1)
      expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(entries)
    })

    it('refuses a change for another version with the set as it is', async () => {
      const { one, other } = world
      const current = await one.read()
      for (const version of [0, current.version - 1, current.version + 1, 1e9]) {
        expect(await other.change(version, [])).toMatchObject({
          kind: 'conflict',
          current: { version: current.version },
        })
      }
      expect((await one.read()).entries).toHaveLength(current.entries.length)
    })

    it(`makes one of ${RACERS} changes for the same version, round by round`, async () => {
      const { one, other } = world
      for (let round = 0; round < 5; round++) {
        const { version } = await one.read()
        const races = Array.from({ length: RACERS }, async (_, at) => {
          const by = `operator-${at}`
          const entries = [aSwitch({ by, version: version + 1 })]
          const outcome = await (at % 2 === 0 ? one : other).change(version, entries)
          return { by, ...outcome }
        })
        const outcomes = await Promise.all(races)
        const made = outcomes.filter(({ kind }) => kind === 'changed')
        expect(made).toHaveLength(1)
        const now = await other.read()
        expect([now.version, now.entries[0]?.by]).toEqual([version + 1, made[0]?.by])
      }
    })
  })
}
