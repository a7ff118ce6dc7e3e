import { expect, test } from 'vitest'
import { clearsOf } from '../../../src/campaigns/judge/clears.ts'
import { linkedLevel } from '../../../src/campaigns/judge/levels.ts'
import type { Level } from '../../../src/core/campaign.ts'

const clears = (level: Level, floor: Level = 0): string =>
  clearsOf({ ...linkedLevel(0), level, floor }, []).join('\n')

test('what a step down takes depends on the level it is at', () => {
  for (const level of [1, 2] as const) {
    expect(clears(level)).toContain('Levels 1 and 2 hold while two axes count with a score of 8')
    expect(clears(level)).not.toContain('three axes')
  }
  for (const level of [3, 4] as const) {
    expect(clears(level)).toContain(`Level ${level} holds while three axes count, or members take`)
    expect(clears(level)).toContain('levels 1 and 2 hold while two axes count')
  }
})

test('too few proven accounts take it down at once, as far as an operator lets it', () => {
  expect(clears(3)).toMatch(/Too few proven accounts .* at once/)
  expect(clears(3, 2)).toMatch(/take it to level 2 at once/)
})

test('nothing seen takes it below where an operator holds it', () => {
  expect(clears(2, 2)).not.toMatch(/seven days|at once/)
  expect(clears(2, 2)).toContain('An operator holds it at level 2')
  expect(clears(0)).not.toMatch(/seven days|at once/)
})
