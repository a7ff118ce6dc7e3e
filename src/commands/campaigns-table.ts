/** Looks of a terminal that a text can have. */
export type Look = 'bold' | 'dim' | 'red' | 'yellow' | 'green'

/** Gives a text a look, or leaves it as it is where nobody would see it. */
export type Paint = (look: Look, text: string) => string

/** For pipes, files and whoever set NO_COLOR. */
export const plainPaint: Paint = (_, text) => text

/** Control, format and separator characters: what moves a cursor, changes a title or turns text around. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Text of callers made harmless for a terminal, on one line and of at most `most` characters. */
export const harmless = (text: string, most = 200): string => {
  const chars = Array.from(text.slice(0, most * 2 + 2).replace(UNSEEN, '·'))
  return chars.length > most ? `${chars.slice(0, most - 1).join('')}…` : chars.join('')
}

/** A column: its title, and whether figures stand under each other from the right. */
export type Column = { readonly title: string; readonly right?: boolean }

/** A cell, with a look of its own where it has one. */
export type Cell = string | { readonly text: string; readonly look: Look }

/** Characters as a terminal counts them, near enough: one cell each. */
const cellsOf = (text: string): number => Array.from(text).length

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)

/** Rows under their titles, each column as wide as its widest cell; nothing trails. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  paint: Paint,
): string[] => {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => cellsOf(textOf(row[at] ?? '')))),
  )
  const lineOf = (cells: readonly Cell[]): string =>
    columns
      .map(({ right }, at) => {
        const cell = cells[at] ?? ''
        const text = textOf(cell)
        const room = ' '.repeat(Math.max(0, (widths[at] ?? 0) - cellsOf(text)))
        const shown = typeof cell === 'string' ? text : paint(cell.look, text)
        const last = at === columns.length - 1
        return right === true ? room + shown : shown + (last ? '' : room)
      })
      .join('  ')
      .trimEnd()
  return [
    lineOf(columns.map(({ title }) => ({ text: title, look: 'dim' as const }))),
    ...rows.map(lineOf),
  ]
}
