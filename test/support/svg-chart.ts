/** A line of a chart. */
export type Series = {
  readonly name: string
  /** `#rrggbb` on a light ground and on a dark one. */
  readonly colours: readonly [light: string, dark: string]
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly style?: 'line' | 'dashed' | 'area'
}

/** One pair of axes; panels stand one above the other over the same x. */
export type Panel = {
  readonly title: string
  readonly yMax: number
  readonly yTicks: readonly number[]
  readonly heightPx: number
  readonly series: readonly Series[]
}

/** A picture of panels that share their x axis. */
export type Chart = {
  readonly title: string
  /** Lines of text under the title. */
  readonly says: readonly string[]
  readonly xTitle: string
  readonly xMax: number
  readonly xTicks: readonly number[]
  /** What stands at the ticks in place of their numbers, for axes that are not linear. */
  readonly xTickTexts?: readonly string[]
  /** Moments that are marked in all panels and named in the first. */
  readonly marks: readonly { readonly x: number; readonly text: string }[]
  readonly panels: readonly Panel[]
}

const WIDTH = 880
const LEFT = 56
const RIGHT = 24
const PLOT = WIDTH - LEFT - RIGHT
const LINE = 17

/** About six and a half pixels a character at this size. */
const entryWidth = ({ name }: Series): number => name.length * 6.5 + 34

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
const px = (value: number): string => value.toFixed(1)

const styleOf = (series: readonly Series[]): string => {
  const colours = (dark: 0 | 1): string =>
    series
      .map(({ colours: pair }, at) => `.s${at}{stroke:${pair[dark]}}.f${at}{fill:${pair[dark]}}`)
      .join('')
  return `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#424a53}
.title{font-size:16px;font-weight:600;fill:#1f2328}.panel{font-weight:600;fill:#1f2328}
.ground{fill:#ffffff}.grid{stroke:#d8dee4}.mark{stroke:#818b98;stroke-dasharray:2 3}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:6 4;stroke-width:1.5}.area{stroke:none;opacity:.18}
${colours(0)}
@media (prefers-color-scheme:dark){text{fill:#b1bac4}.title,.panel{fill:#f0f6fc}.ground{fill:#0d1117}.grid{stroke:#2a313c}.mark{stroke:#6e7681}${colours(1)}}
</style>`
}

/**
 * A chart as an SVG document of its own: axes with units, a legend over each panel, readable on light
 * and on dark ground. Deterministic: the same chart gives the same bytes.
 */
export const svgChart = (chart: Chart): string => {
  const all = chart.panels.flatMap(({ series }) => series)
  const x = (value: number): number => LEFT + (value / chart.xMax) * PLOT
  const parts: string[] = []
  const text = (at: readonly [number, number], words: string, attributes = ''): void => {
    parts.push(`<text x="${px(at[0])}" y="${px(at[1])}" ${attributes}>${escaped(words)}</text>`)
  }

  const drawSeries = (series: Series, y: (value: number) => number): void => {
    const at = all.indexOf(series)
    const points = series.points.map(([px_, py]) => `${px(x(px_))},${px(y(py))}`).join(' ')
    if (series.style === 'area') {
      const first = series.points[0]?.[0] ?? 0
      const last = series.points.at(-1)?.[0] ?? 0
      const ground = px(y(0))
      parts.push(
        `<polygon class="area f${at}" points="${px(x(first))},${ground} ${points} ${px(x(last))},${ground}"/>`,
      )
    }
    const dashed = series.style === 'dashed' ? ' dashed' : ''
    parts.push(`<polyline class="line s${at}${dashed}" points="${points}"/>`)
  }

  const drawLegend = (panel: Panel, right: number, top: number): void => {
    let left = right
    for (const series of panel.series.toReversed()) {
      left -= entryWidth(series)
      const dashed = series.style === 'dashed' ? ' dashed' : ''
      parts.push(
        `<line class="line s${all.indexOf(series)}${dashed}" x1="${px(left)}" x2="${px(left + 20)}" y1="${px(top - 4)}" y2="${px(top - 4)}"/>`,
      )
      text([left + 25, top], series.name)
    }
  }

  const drawMark = (mark: Chart['marks'][number], from: number, to: number): void => {
    const at = px(x(mark.x))
    parts.push(`<line class="mark" x1="${at}" x2="${at}" y1="${px(from)}" y2="${px(to)}"/>`)
  }

  let top = 28
  text([LEFT, top], chart.title, 'class="title"')
  for (const line of chart.says) text([LEFT, (top += LINE)], line)
  for (const [at, panel] of chart.panels.entries()) {
    top += 2 * LINE + (at === 0 ? 0 : 12)
    text([LEFT, top], panel.title, 'class="panel"')
    const legend = panel.series.reduce((width, series) => width + entryWidth(series), 0)
    // Beside the title where there is room for both, else on a line of its own.
    const beside = legend + panel.title.length * 7 + 20 <= PLOT
    if (!beside) top += LINE
    drawLegend(panel, beside ? WIDTH - RIGHT : Math.min(LEFT + legend, WIDTH - RIGHT), top)
    top += 12
    const bottom = top + panel.heightPx
    const y = (value: number): number => bottom - (value / panel.yMax) * panel.heightPx
    for (const tick of panel.yTicks) {
      parts.push(
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(tick))}" y2="${px(y(tick))}"/>`,
      )
      text([LEFT - 8, y(tick) + 4], String(tick), 'text-anchor="end"')
    }
    for (const series of panel.series) drawSeries(series, y)
    for (const mark of chart.marks) {
      drawMark(mark, top, bottom)
      if (at === 0) text([x(mark.x) + 5, top + 12], mark.text)
    }
    top = bottom
  }
  for (const [at, tick] of chart.xTicks.entries())
    text([x(tick), top + 18], chart.xTickTexts?.[at] ?? String(tick), 'text-anchor="middle"')
  text([LEFT + PLOT / 2, top + 38], chart.xTitle, 'text-anchor="middle"')
  const height = top + 52
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${px(height)}" width="${WIDTH}" height="${px(height)}" role="img" aria-label="${escaped(chart.title)}">
${styleOf(all)}
<rect class="ground" width="100%" height="100%"/>
${parts.join('\n')}
</svg>
`
}
