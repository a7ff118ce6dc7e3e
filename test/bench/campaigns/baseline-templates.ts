import { SKETCH_BINS, type Sketch } from '../../../src/core/traits.ts'
import { GRAPH_MIN_GROUP, GRAPH_PASS_MS, type Baseline } from './baseline.ts'
import { createNumbers } from './entity-numbers.ts'

/** Share of all accounts above which a template counts as popular and is left alone. */
const POPULAR = [0.01, 0.02, 0.05, 0.1, 1]
const BAND = 4
/** Equal bins of two sketches of one template. */
const ALIKE_BINS = 0.75 * SKETCH_BINS

type Cluster = { readonly sketch: Sketch; readonly entities: Set<number> }

const alike = (a: Sketch, b: Sketch): boolean => {
  let equal = 0
  for (let bin = 0; bin < SKETCH_BINS; bin++) if (a.bins[bin] === b.bins[bin]) equal++
  return equal >= ALIKE_BINS
}

/**
 * Accounts whose instructions are nearly the same (MinHash with bands), without looking at anything else;
 * clusters of 25 are acted on unless so many have them that they must be a popular product's.
 */
export const templateClusters = (): Baseline => {
  const numberOf = createNumbers()
  const byHash = new Map<number, Cluster>()
  const byBand = new Map<string, Cluster>()
  const clusters: Cluster[] = []
  const found = POPULAR.map(() => new Set<number>())
  const acted = POPULAR.map(() => false)
  let passedMs = Number.NEGATIVE_INFINITY

  const bandsOf = ({ bins }: Sketch): string[] =>
    Array.from({ length: SKETCH_BINS / BAND }, (_, at) =>
      [at, ...bins.subarray(at * BAND, (at + 1) * BAND)].join(),
    )

  const clusterOf = (sketch: Sketch): Cluster => {
    const known = byHash.get(sketch.hash)
    if (known !== undefined) return known
    const bands = bandsOf(sketch)
    let cluster = bands
      .map((band) => byBand.get(band))
      .find((one) => one && alike(one.sketch, sketch))
    if (cluster === undefined) {
      cluster = { sketch, entities: new Set() }
      clusters.push(cluster)
    }
    byHash.set(sketch.hash, cluster)
    for (const band of bands) if (!byBand.has(band)) byBand.set(band, cluster)
    return cluster
  }

  const pass = (): void => {
    for (const [at, share] of POPULAR.entries()) {
      const members = found[at]
      members?.clear()
      for (const { entities } of clusters) {
        if (entities.size < GRAPH_MIN_GROUP || entities.size > share * numberOf.count()) continue
        for (const entity of entities) members?.add(entity)
      }
    }
  }

  return {
    family: 'templates alone',
    settings: POPULAR.map((share) => `popular from ${share * 100} %`),
    take: (seen) => {
      if (seen.atMs - passedMs >= GRAPH_PASS_MS) {
        passedMs = seen.atMs
        pass()
      }
      const entity = numberOf(seen.entity)
      for (const [at, members] of found.entries()) acted[at] = members.has(entity)
      const template = seen.traits?.template
      if (template !== undefined) clusterOf(template).entities.add(entity)
      return acted
    },
  }
}
