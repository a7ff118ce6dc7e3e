import { AggregatorRegistry } from 'prom-client'
import { z } from 'zod'

const value = z.looseObject({
  // Means of nothing are NaN, such as the loop delay of a process that has just begun.
  value: z.custom<number>((given) => typeof given === 'number'),
  labels: z.record(z.string(), z.union([z.string(), z.number()])),
  metricName: z.string().optional(),
})

const snapshot = z.array(
  z.looseObject({
    name: z.string(),
    help: z.string(),
    type: z.enum(['counter', 'gauge', 'histogram', 'summary']),
    aggregator: z.enum(['omit', 'sum', 'first', 'min', 'max', 'average']),
    values: z.array(value).transform((all) => all.filter((one) => Number.isFinite(one.value))),
  }),
)

/** Every series of one process, as its registry gives them out for being added up. */
export type MetricSnapshot = z.output<typeof snapshot>

/** What another process sent, if it is a snapshot. */
export const metricSnapshot = (body: unknown): MetricSnapshot | undefined => {
  const parsed = snapshot.safeParse(body)
  return parsed.success ? parsed.data : undefined
}

const added = (snapshots: readonly MetricSnapshot[]) => AggregatorRegistry.aggregate([...snapshots])

/** All snapshots as one text in the Prometheus format, added up in the way each metric says. */
export const metricText = (snapshots: readonly MetricSnapshot[]): Promise<string> =>
  added(snapshots).metrics()

/**
 * What stays of processes that ended: their counts. Without them the sums would fall when a worker dies,
 * which whoever reads them takes for a restart of the whole. What it holds now, such as memory, is gone.
 */
export const keptCounts = async (snapshots: readonly MetricSnapshot[]): Promise<MetricSnapshot> => {
  const counts = snapshots.map((one) =>
    one.filter(({ type }) => type === 'counter' || type === 'histogram'),
  )
  return metricSnapshot(await added(counts).getMetricsAsJSON()) ?? []
}
