import { DAY_MS } from '../core/time.ts'
import { BUILT_IN_PROGRAMS, drawFrom, type Programs } from './programs.ts'
import { csvRows } from './read-rows.ts'

type Client = { sum: number; readonly cvs: number[]; readonly days: Map<number, number> }

const ENOUGH_CLIENTS = 30
const ENOUGH_WINDOWS = 10
const ENOUGH_DAYS = 7
/** Quartiles of a normal distribution lie 1.349 standard deviations apart. */
const QUARTILES_APART = 1.349
const MAX_CV = 20

const sorted = (values: readonly number[]): number[] => values.toSorted((one, other) => one - other)

const quantile = (values: readonly number[], share: number): number =>
  values[Math.floor(share * (values.length - 1))] ?? 0

const variation = (values: readonly number[]): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return mean === 0 ? 0 : Math.sqrt(square) / mean
}

/** Spread of volume on a log scale, from the distance of the quartiles. */
const spreadOf = (clients: readonly Client[]): number => {
  const logs = sorted(clients.flatMap(({ sum }) => (sum > 0 ? [Math.log(sum)] : [])))
  return (quantile(logs, 0.75) - quantile(logs, 0.25)) / QUARTILES_APART
}

/**
 * How programs come and go, from the windows of ten minutes of API clients in the ServeGen traces: the
 * median spread over the models, each client's median variation of pauses, and its variation from day to
 * day. Built in where the table is not there.
 */
export const programsFromData = (folder: string): Programs => {
  const models = new Map<string, Map<string, Client>>()
  for (const row of csvRows(folder, 'traffic/servegen_client_windows.csv.gz')) {
    const [, model = '', name = '', start, rate, cv] = row
    const clients = models.get(model) ?? new Map<string, Client>()
    models.set(model, clients)
    const client = clients.get(name) ?? { sum: 0, cvs: [], days: new Map<number, number>() }
    clients.set(name, client)
    const rps = Number(rate)
    if (!(rps >= 0)) continue
    client.sum += rps
    const day = Math.floor((Number(start) * 1000) / DAY_MS)
    client.days.set(day, (client.days.get(day) ?? 0) + rps)
    if (Number(cv) > 0) client.cvs.push(Math.min(MAX_CV, Number(cv)))
  }
  const all = [...models.values()].flatMap((of) => [...of.values()])
  const spreads = sorted(
    [...models.values()]
      .filter(({ size }) => size >= ENOUGH_CLIENTS)
      .map((of) => spreadOf([...of.values()])),
  )
  const gapCvs = sorted(
    all.flatMap(({ cvs }) => (cvs.length < ENOUGH_WINDOWS ? [] : [quantile(sorted(cvs), 0.5)])),
  )
  const dayCvs = sorted(
    all.flatMap(({ days }) => (days.size < ENOUGH_DAYS ? [] : [variation([...days.values()])])),
  )
  return {
    logSd: spreads.length === 0 ? BUILT_IN_PROGRAMS.logSd : quantile(spreads, 0.5),
    gapCv: gapCvs.length === 0 ? BUILT_IN_PROGRAMS.gapCv : drawFrom(gapCvs),
    dayCv: dayCvs.length === 0 ? BUILT_IN_PROGRAMS.dayCv : drawFrom(dayCvs),
  }
}
