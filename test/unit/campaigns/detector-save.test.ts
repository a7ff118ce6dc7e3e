import { describe, expect, it } from 'vitest'
import { aDetector } from '../../support/a-detector.ts'
import { naiveCampaign, observationsOf, ordinary } from '../../support/observations.ts'

const OBSERVATIONS = observationsOf(
  [
    ...ordinary(520, 1, { proven: true, named: 'proven' }),
    ...ordinary(400, 2),
    ...naiveCampaign(60, 3),
  ],
  5,
  4,
)

describe('the saved state of a detector', () => {
  const whole = aDetector()
  whole.watch(OBSERVATIONS)

  it.each([0.1, 0.35, 0.62, 0.9])('goes on after %f of the way as if nothing had been', (share) => {
    const cut = Math.floor(OBSERVATIONS.length * share)
    const before = aDetector()
    before.watch(OBSERVATIONS.slice(0, cut))
    const after = aDetector({ saved: before.detector.save() })
    // Some that were taken before the save come again, as they do after a restart.
    after.watch(OBSERVATIONS.slice(Math.max(0, cut - 300)))
    expect(after.problems).toEqual([])
    expect([...before.marks, ...after.marks]).toEqual(whole.marks)
    expect(after.detector.list()).toEqual(whole.detector.list())
    expect(after.detector.marks()).toEqual(whole.detector.marks())
  })

  it('is not used where a bit of it is wrong, and that is said', () => {
    const bytes = whole.detector.save()
    for (const at of [0, 7, 9, 50, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const broken = bytes.slice()
      broken[at] = (broken[at] ?? 0) ^ 1
      const { detector, problems } = aDetector({ saved: broken })
      expect(problems).toHaveLength(1)
      expect(detector.status().entities).toBe(0)
    }
    for (const cut of [0, 5, 11, 12, 1_000]) {
      const { detector, problems } = aDetector({ saved: bytes.subarray(0, cut) })
      expect(problems).toHaveLength(1)
      expect(detector.list()).toEqual([])
    }
  })
})
