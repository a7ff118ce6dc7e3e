/**
 * How campaigns are found, how late, and at whose expense, beside simple ways of doing it:
 * `npm run bench:campaigns`. The long form takes below an hour on two cores; `-- --full` takes the four
 * published campaigns at their size, which is a matter of many hours. Writes a table and pictures.
 *
 *     --only TEXT    rows whose name holds it         --seeds 1,2    other seeds
 *     --scale X      times as many honest accounts    --at-once N    runs side by side
 *     --out DIR      where the results go
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rowOf, type Row } from './figures.ts'
import { runAll, type Ran } from './in-parallel.ts'
import { FRESH_SEEDS, fullPlan, longPlan, type Plan } from './plan.ts'
import { curvePlot, leakPlot, type Plot } from './plots.ts'
import type { RunSpec } from './run-scenario.ts'
import {
  baselineTable,
  groupTable,
  guardTable,
  tableMarkdown,
  tableText,
  type Table,
} from './tables.ts'

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    scale: { type: 'string', default: '1' },
    seeds: { type: 'string', default: FRESH_SEEDS.join(',') },
    'at-once': { type: 'string', default: String(Math.min(2, availableParallelism())) },
    out: { type: 'string', default: new URL('results', import.meta.url).pathname },
  },
})

const seeds = values.seeds.split(',').map(Number)
const scale = Number(values.scale)
if (!(scale > 0) || seeds.some((seed) => !Number.isSafeInteger(seed))) {
  console.error('--scale takes a number above 0, --seeds whole numbers with commas')
  process.exit(2)
}

const plans = (values.full ? fullPlan({ scale, seeds }) : longPlan({ scale, seeds }))
  .map((plan): Plan => ({
    ...plan,
    rows: plan.rows.filter(({ name }) => name.includes(values.only)),
  }))
  .filter(({ rows }) => rows.length > 0)

/** The same run is made once, wherever it is shown. */
const keyOf = (spec: RunSpec): string => JSON.stringify({ ...spec, name: '' })
const specs = new Map(
  plans.flatMap(({ rows }) => rows.flatMap((row) => row.specs.map((spec) => [keyOf(spec), spec]))),
)

const beganMs = performance.now()
const minutes = (): string => `${((performance.now() - beganMs) / 60_000).toFixed(1)} min`
console.log(`${specs.size} runs, ${values['at-once']} at once`)
const all = await runAll([...specs.values()], Number(values['at-once']), (ran, done) => {
  const what = ran.ok
    ? `${ran.result.spec.name}, seed ${ran.result.spec.seed}: ${ran.result.summary.calls} calls in ${ran.result.summary.wall_s.toFixed(0)} s`
    : `${ran.spec.name} FAILED: ${ran.why}`
  console.log(`${done} of ${specs.size}, ${minutes()}: ${what}`)
})
const ranOf = new Map<string, Ran>([...specs.keys()].map((key, at) => [key, all[at] as Ran]))

const tables: Table[] = []
const plots: Plot[] = []
for (const plan of plans) {
  const rows = plan.rows.flatMap((row): { readonly row: Row; readonly tick: string }[] => {
    const results = row.specs.flatMap((spec) => {
      const ran = ranOf.get(keyOf(spec))
      return ran?.ok === true ? [ran.result] : []
    })
    return results.length === 0 ? [] : [{ row: rowOf(row.name, results), tick: row.tick }]
  })
  const told = rows.map(({ row }) => row)
  const [first] = told
  if (first === undefined) continue
  tables.push(guardTable(plan.title, plan.says, told))
  const beside = told.filter(({ baselines }) => baselines.length > 0)
  if (plan.kind === 'groups') {
    tables.push(...told.map((row) => groupTable(`${plan.title}, one by one`, [], row)))
  } else if (beside.length > 0) {
    tables.push(
      baselineTable(
        `${plan.title}: beside baselines`,
        [
          'Leak, and the share of honest entities acted on. Of each baseline the best setting, chosen with hindsight among those that act on at most one honest entity in a thousand.',
        ],
        beside,
      ),
    )
  }
  if (plan.kind === 'curve') {
    plots.push(
      curvePlot(
        `${plan.file}.svg`,
        plan.title,
        plan.title,
        rows.map(({ row, tick }) => ({ row, text: tick })),
      ),
    )
  } else if (plan.kind !== 'groups') {
    plots.push(leakPlot(`${plan.file}.svg`, plan.title, told.slice(0, 6)))
  }
}

const failed = all.filter(({ ok }) => !ok).length
mkdirSync(values.out, { recursive: true })
for (const { file, svg } of plots) writeFileSync(join(values.out, file), svg)
const head = [
  '# How campaigns are found',
  '',
  `${specs.size} runs with the seeds ${seeds.join(', ')}, on which nothing was tuned; ${failed} failed. Simulated callers, whose makers share the assumptions of the detector: these figures compare, they do not promise.`,
  '',
]
const pictures = plots.flatMap(({ file }) => [`![${file}](${file})`, ''])
writeFileSync(
  join(values.out, 'results.md'),
  [...head, ...tables.map(tableMarkdown), ...pictures].join('\n'),
)
for (const table of tables) console.log(tableText(table))
console.log(`\n${minutes()}; ${join(values.out, 'results.md')}`)
process.exitCode = failed === 0 ? 0 : 1
