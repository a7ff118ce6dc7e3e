import type { RecordedCall } from '../../src/core/trace.ts'
import { BUILT_IN_MATERIAL, type Material } from '../../src/simulate/material.ts'
import { loadScenario, type Overrides } from '../../src/simulate/scenario.ts'
import { createSimulation, type Simulation } from '../../src/simulate/simulation.ts'

/** A simulation of a shipped scenario. */
export const simulated = (
  name: string,
  options: { readonly scale?: number; readonly seed?: number; readonly material?: Material } = {},
  overrides: Overrides = {},
): Simulation => {
  const file = new URL(`../../config/scenarios/${name}.yaml`, import.meta.url).pathname
  const loaded = loadScenario(file, overrides)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  return createSimulation(loaded.scenario, options.material ?? BUILT_IN_MATERIAL, options)
}

/** Every call of a simulation. */
export function* callsOf(simulation: Simulation): Generator<RecordedCall> {
  for (let call = simulation.next(); call !== undefined; call = simulation.next()) yield call
}
