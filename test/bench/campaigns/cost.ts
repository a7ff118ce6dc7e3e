/**
 * What finding campaigns costs: processor time a call and memory an account, on the calls of a simulation.
 * Prints one line of JSON. Run with `node --expose-gc`; takes a scale, 0.3 unless told.
 */
import { createDetector } from '../../../src/campaigns/detector.ts'
import type { Detector } from '../../../src/campaigns/detector-seam.ts'
import type { Observation } from '../../../src/core/campaign.ts'
import { runScenario, type RunSpec } from './run-scenario.ts'

/** What {@link measureCost} found. */
export type Cost = {
  readonly calls: number
  readonly entities: number
  /** Processor time of the whole guard, simulation included, with a detector that only takes notes. */
  readonly guardUsPerCall: number
  /** Processor time of the detector with its passes. */
  readonly detectorUsPerCall: number
  readonly passMs: { readonly median: number; readonly longest: number }
  readonly heldBytes: number
  /** Of an empty detector: tables that are there from the start. */
  readonly emptyBytes: number
}

/** As shipped: a pass every quarter of an hour. */
const PASS_MS = 900_000

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}

const heldBytes = async (): Promise<number> => {
  // What was left behind goes in several rounds.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** A detector that finds nothing and keeps what it is told. */
const noteTaker = (notes: Observation[]): Detector => ({
  observe: (observation) => void notes.push(observation),
  tick: () => undefined,
  status: () => ({
    proven: 0,
    minReference: 0,
    acting: false,
    missing: [],
    entities: 0,
    lastObservedMs: undefined,
    lastPassMs: undefined,
  }),
  list: () => [],
  show: () => undefined,
  members: () => undefined,
  label: () => undefined,
  marks: () => [],
  save: () => new Uint8Array(),
})

const detectorCost = async (
  notes: readonly Observation[],
): Promise<Omit<Cost, 'guardUsPerCall'>> => {
  const before = await heldBytes()
  const detector = createDetector({
    ceiling: 2,
    minReference: 500,
    passMs: PASS_MS,
    onMark: () => undefined,
  })
  const emptyBytes = (await heldBytes()) - before
  const passes: number[] = []
  const fromUs = cpuUs()
  let nextPassMs = (notes[0]?.atMs ?? 0) + PASS_MS
  for (const note of notes) {
    if (note.atMs < nextPassMs) {
      detector.observe(note)
      continue
    }
    const passFromUs = cpuUs()
    detector.observe(note)
    passes.push((cpuUs() - passFromUs) / 1_000)
    nextPassMs = (Math.floor(note.atMs / PASS_MS) + 1) * PASS_MS
  }
  const usPerCall = (cpuUs() - fromUs) / notes.length
  const allBytes = (await heldBytes()) - before
  passes.sort((a, b) => a - b)
  return {
    calls: notes.length,
    entities: detector.status().entities,
    detectorUsPerCall: usPerCall,
    passMs: { median: passes[Math.floor(passes.length / 2)] ?? 0, longest: passes.at(-1) ?? 0 },
    heldBytes: allBytes,
    emptyBytes,
  }
}

/** Measures both on the same calls. Wants an otherwise idle machine. */
const measureCost = async (spec: RunSpec): Promise<Cost> => {
  const notes: Observation[] = []
  const guardFromUs = cpuUs()
  await runScenario(spec, () => noteTaker(notes))
  const guardUs = cpuUs() - guardFromUs

  // Once to warm up, and until all that the simulation left is gone.
  await detectorCost(notes)
  return { ...(await detectorCost(notes)), guardUsPerCall: guardUs / notes.length }
}

const cost = await measureCost({
  name: 'cost',
  scenario: 'naive',
  overrides: { days: 8 },
  scale: Number(process.argv[2] ?? 0.3),
  honest: { max_calls_per_day: 100 },
  seed: 60_013,
  baselines: false,
})
process.stdout.write(`${JSON.stringify(cost)}\n`)
