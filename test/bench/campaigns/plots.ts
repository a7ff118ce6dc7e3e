import { svgChart, type Panel, type Series } from '../../support/svg-chart.ts'
import { pooledScores, type Row } from './figures.ts'
import { upperBound } from './interval.ts'
import type { Score } from './score.ts'

/** A picture and the name of its file. */
export type Plot = { readonly file: string; readonly svg: string }

/** Ways in the order they are drawn, the guard first; colours tell them apart on both grounds. */
const COLOURS: readonly Series['colours'][] = [
  ['#0969da', '#4493f8'],
  ['#9a6700', '#d29922'],
  ['#bc4c00', '#f0883e'],
  ['#8250df', '#ab7df8'],
  ['#1a7f37', '#3fb950'],
  ['#cf222e', '#f85149'],
]

const PERCENTS = [0, 25, 50, 75, 100]

/** The guard's score, and of every baseline the one whose setting the row reports. */
const scoresOf = (row: Row): Score[] => {
  const wanted = [row.guard, ...row.baselines]
  return pooledScores(row.runs).filter(({ family, setting }) =>
    wanted.some((way) => way.family === family && way.setting === setting),
  )
}

/** Share of the campaign's calls so far that were not acted on, by day. */
const leakSoFar = ({ attack }: Score): (readonly [number, number])[] => {
  let calls = 0
  let leaked = 0
  return attack.callsByDay.flatMap((count, day) => {
    calls += count
    leaked += attack.leakedByDay[day] ?? 0
    return calls === 0 ? [] : [[day + 1, (100 * leaked) / calls] as const]
  })
}

const seriesOf = (
  ways: readonly { readonly family: string; readonly points: Series['points'] }[],
): Series[] =>
  ways.map(({ family, points }, at) => ({
    name: family,
    colours: COLOURS[at] ?? ['#57606a', '#8b949e'],
    points,
    style: at === 0 ? 'line' : 'dashed',
  }))

/** What a campaign got, day by day, of every way; a panel a row. */
export const leakPlot = (file: string, title: string, rows: readonly Row[]): Plot => {
  const days = Math.max(
    1,
    ...rows.flatMap((row) => scoresOf(row).map((s) => s.attack.callsByDay.length)),
  )
  const every = days > 20 ? 5 : 1
  const panels = rows.map((row): Panel => ({
    title: row.name,
    yMax: 100,
    yTicks: PERCENTS,
    heightPx: 170,
    series: seriesOf(
      scoresOf(row).map((score) => ({ family: score.family, points: leakSoFar(score) })),
    ),
  }))
  const svg = svgChart({
    title,
    says: [
      'Share of the calls of the campaign so far that were not acted on, in per cent.',
      'Stillwatch: before a mark of level 2 or more. Baselines: the best setting of each, with hindsight.',
    ],
    xTitle: 'days of the run',
    xMax: days,
    xTicks: Array.from({ length: Math.floor(days / every) + 1 }, (_, at) => at * every),
    marks: [],
    panels,
  })
  return { file, svg }
}

/** A point of a curve: what stands under it, and the runs. */
export type CurvePoint = { readonly text: string; readonly row: Row }

/** Leak and honest entities acted on, over the settings of one knob. */
export const curvePlot = (
  file: string,
  title: string,
  xTitle: string,
  points: readonly CurvePoint[],
): Plot => {
  const families = points[0]?.row.baselines.map(({ family }) => family) ?? []
  const ways = ['Stillwatch', ...families]
  const wayOf = ({ row }: CurvePoint, way: number) =>
    way === 0 ? row.guard : row.baselines[way - 1]
  const curve = (figure: (way: NonNullable<ReturnType<typeof wayOf>>) => number): Series[] =>
    seriesOf(
      ways.map((family, way) => ({
        family,
        points: points.flatMap((point, at) => {
          const found = wayOf(point, way)
          return found === undefined ? [] : [[at + 0.5, 100 * figure(found)] as const]
        }),
      })),
    )
  const harm = curve(({ honest }) => upperBound(honest.acted, honest.entities))
  const most = Math.max(1, ...harm.flatMap((series) => series.points.map(([, y]) => y)))
  const step = [1, 2, 5, 10, 20, 25].find((size) => most / size <= 5) ?? 25
  const yMax = Math.min(100, Math.ceil(most / step) * step)
  const svg = svgChart({
    title,
    says: ['Each point is all seeds of one setting, on the same calls for every way.'],
    xTitle,
    xMax: points.length,
    xTicks: points.map((_, at) => at + 0.5),
    xTickTexts: points.map(({ text }) => text),
    marks: [],
    panels: [
      {
        title: 'Leak, per cent of calls',
        yMax: 100,
        yTicks: PERCENTS,
        heightPx: 170,
        series: curve(({ leak }) => leak),
      },
      {
        title: 'Honest entities acted on, per cent at most (95 %)',
        yMax,
        yTicks: Array.from({ length: Math.floor(yMax / step) + 1 }, (_, at) => at * step),
        heightPx: 170,
        series: harm,
      },
    ],
  })
  return { file, svg }
}
