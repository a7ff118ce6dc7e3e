/**
 * How campaigns are found, how late, and at whose expense, beside simple ways of doing it:
 * `npm run bench:campaigns`. The long form takes below an hour on two cores; `-- --full` takes the four
 * published campaigns at their size, which is a matter of many hours. Writes a table and pictures.
 *
 *     --only TEXT    rows whose name holds it         --seeds 1,2    other seeds
 *     --scale X      times as many honest accounts    --at-once N    runs side by side
 *     --out DIR      where the results go             --runs FILE    keeps every run, and makes none twice
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Cost } from './cost.ts'
import { rowOf, type Row } from './figures.ts'
import { runAll } from './in-parallel.ts'
import { FRESH_SEEDS, fullPlan, longPlan, type Plan } from './plan.ts'
import { curvePlot, leakPlot, type Plot } from './plots.ts'
import type { RunResult, RunSpec } from './run-scenario.ts'
import {
  baselineTable,
  costTable,
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
    runs: { type: 'string' },
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

const { runs: kept } = values
const results = new Map<string, RunResult>()
if (kept !== undefined && existsSync(kept)) {
  for (const line of readFileSync(kept, 'utf8').split('\n')) {
    // Written below.
    const result = line === '' ? undefined : (JSON.parse(line) as RunResult)
    if (result !== undefined) results.set(keyOf(result.spec), result)
  }
}
const missing = [...specs].flatMap(([key, spec]) => (results.has(key) ? [] : [spec]))

const beganMs = performance.now()
const minutes = (): string => `${((performance.now() - beganMs) / 60_000).toFixed(1)} min`
console.log(`${specs.size} runs, ${missing.length} of them to make, ${values['at-once']} at once`)
let failed = 0
await runAll(missing, Number(values['at-once']), (ran, done) => {
  const at = `${done} of ${missing.length}, ${minutes()}`
  if (!ran.ok) {
    failed++
    console.log(`${at}: ${ran.spec.name} FAILED: ${ran.why}`)
    return
  }
  const { spec, summary } = ran.result
  results.set(keyOf(spec), ran.result)
  if (kept !== undefined) appendFileSync(kept, `${JSON.stringify(ran.result)}\n`)
  console.log(
    `${at}: ${spec.name}, seed ${spec.seed}: ${summary.calls} calls in ${summary.wall_s.toFixed(0)} s`,
  )
})

const tables: Table[] = []
const plots: Plot[] = []
for (const plan of plans) {
  const rows = plan.rows.flatMap((row): { readonly row: Row; readonly tick: string }[] => {
    const made = row.specs.flatMap((spec) => results.get(keyOf(spec)) ?? [])
    return made.length === 0 ? [] : [{ row: rowOf(row.name, made), tick: row.tick }]
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
      baselineTable(
        `${plan.title}: beside baselines that may cost`,
        ['The same, chosen among settings that act on up to one honest entity in twenty.'],
        beside,
        ({ costly }) => costly,
      ),
    )
  }
  if (plan.kind === 'curve') {
    plots.push(
      curvePlot(
        `${plan.file}.svg`,
        plan.title,
        plan.xTitle ?? plan.title,
        rows.map(({ row, tick }) => ({ row, text: tick })),
      ),
    )
  } else if (plan.kind !== 'groups') {
    const { drawn = [''] } = plan
    const wanted = told.filter(({ name }) => drawn.some((part) => name.includes(part)))
    plots.push(leakPlot(`${plan.file}.svg`, plan.title, wanted.slice(0, 6)))
  }
}

if (values.only === '') {
  const script = new URL('cost.ts', import.meta.url).pathname
  const measured = spawnSync(process.execPath, ['--expose-gc', script], { encoding: 'utf8' })
  if (measured.status === 0) tables.push(costTable(JSON.parse(measured.stdout) as Cost))
  else console.log(`the cost was not measured: ${measured.stderr.slice(-500)}`)
}

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
