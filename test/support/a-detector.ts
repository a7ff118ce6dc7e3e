import { createDetector } from '../../src/campaigns/detector.ts'
import type { Detector, DetectorOptions } from '../../src/campaigns/detector-seam.ts'
import type { Mark, Observation } from '../../src/core/campaign.ts'

/** Six hours: fewer passes than as shipped, so that tests over many days are quick. */
const PASS_MS = 6 * 3_600_000

/** A detector that keeps what it says. */
export const aDetector = (
  some: Partial<DetectorOptions> = {},
  bounds: { readonly maxEntities?: number } = {},
) => {
  const marks: Mark[] = []
  const problems: string[] = []
  const detector: Detector = createDetector(
    {
      ceiling: 4,
      minReference: 500,
      passMs: PASS_MS,
      onMark: (mark) => marks.push(mark),
      onProblem: (what) => problems.push(what),
      ...some,
    },
    bounds,
  )
  return {
    detector,
    marks,
    problems,
    watch: (observations: Iterable<Observation>): void => {
      for (const observation of observations) detector.observe(observation)
    },
    /** Latest level of every entity that was ever marked. */
    levels: (): Map<string, number> => new Map(marks.map(({ entity, level }) => [entity, level])),
    /** Entities whose name begins so and that were ever marked at `level` or more. */
    everMarked: (prefix: string, level = 1): string[] => [
      ...new Set(
        marks.filter((m) => m.level >= level && m.entity.startsWith(prefix)).map((m) => m.entity),
      ),
    ],
  }
}
