import type { Ground } from './app-ground.ts'
import type { Replica } from './core/ledger.ts'
import type { SignalSource, Sink } from './core/seams.ts'
import { createPressure } from './limits/pressure/pressure.ts'
import { createShedder, type Shedder } from './limits/pressure/shed.ts'
import { createPressureSource } from './signals/pressure.ts'
import { createRouter } from './upstream/routing.ts'

/** How the upstreams are doing, and what follows from it for calls. */
export type OpenPressure = {
  readonly sinks: readonly Sink[]
  readonly source: SignalSource
  /** `undefined` where the settings let every call through. */
  readonly shed: Shedder['shed'] | undefined
  /** The pressure of each upstream, for metrics. */
  readings(): readonly (readonly [upstream: string, pressure: number])[]
  /** What the process of this name tells the others, and hears of them. */
  voice(replicaId: string): {
    readonly note: () => string
    readonly onReplicas: (replicas: readonly Replica[]) => void
  }
}

/** Watches the upstreams of the settings. */
export const openPressure = ({ settings, clock }: Ground): OpenPressure => {
  const route = createRouter(
    settings.upstreams.map(({ id, dialect, models, paths }) => ({
      id,
      dialect,
      models,
      ...(paths === undefined ? {} : { paths }),
    })),
  )
  const upstreamOf: Parameters<typeof createShedder>[0]['upstreamOf'] = (call) => route(call)?.id
  const pressure = createPressure({ clock })
  const shedder = settings.pressure.shed ? createShedder({ upstreamOf }) : undefined
  return {
    sinks: shedder === undefined ? [pressure.sink] : [pressure.sink, shedder.sink],
    source: createPressureSource({ upstreamOf, pressureOf: (id) => pressure.of(id) }),
    shed: shedder?.shed,
    readings: () => pressure.readings(),
    voice: (replicaId) => ({
      note: () => pressure.note(),
      onReplicas: (replicas) =>
        pressure.heard(replicas.filter(({ id }) => id !== replicaId).map(({ note }) => note)),
    }),
  }
}
