import { markup, type Markup } from '../markup.ts'

/** A piece of a page that is told in HTML and in plain text alike. Between backticks stands code. */
export type Block =
  | { readonly kind: 'title' | 'heading' | 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly label: string; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly Row[] }
  | { readonly kind: 'links'; readonly links: readonly Link[] }

type Row = readonly string[]
type Link = { readonly text: string; readonly href: string }

const TEXT_WIDTH = 78

/** Texts and code by turns. */
const inline = (text: string): readonly Markup[] =>
  text
    .split('`')
    .map((piece, at) => (at % 2 === 0 ? markup`${piece}` : markup`<code>${piece}</code>`))

const htmlOf = (block: Block): Markup => {
  switch (block.kind) {
    case 'title':
      return markup`<h1>${inline(block.text)}</h1>`
    case 'heading':
      return markup`<h2>${inline(block.text)}</h2>`
    case 'paragraph':
      return markup`<p>${inline(block.text)}</p>`
    case 'list':
      return markup`<ul>${block.items.map((item) => markup`<li>${inline(item)}</li>`)}</ul>`
    case 'code':
      // What may scroll must be reached by the keyboard.
      return markup`<pre tabindex="0" role="region" aria-label="${block.label}"><code>${block.text}</code></pre>`
    case 'table':
      return markup`<table>
<thead><tr>${block.head.map((cell) => markup`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
<tbody>${block.rows.map(
        (row) => markup`<tr>${row.map((cell) => markup`<td>${inline(cell)}</td>`)}</tr>
`,
      )}</tbody>
</table>`
    case 'links':
      return markup`<ul>${block.links.map(({ text, href }) => markup`<li><a href="${href}">${text}</a></li>`)}</ul>`
  }
}

/** Breaks a text at blanks, every line after the first indented alike. */
const wrapped = (text: string, first = '', rest = ''): string => {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(line)
      line = rest
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line].join('\n')
}

const indented = (text: string): string => text.trimEnd().replace(/^(?=.)/gm, '    ')

const textOf = (block: Block): string => {
  switch (block.kind) {
    case 'title':
      return `${block.text}\n${'='.repeat(block.text.length)}`
    case 'heading':
      return `${block.text}\n${'-'.repeat(block.text.length)}`
    case 'paragraph':
      return wrapped(block.text)
    case 'list':
      return block.items.map((item) => wrapped(item, '- ', '  ')).join('\n')
    case 'code':
      return indented(block.text)
    case 'table':
      return block.rows
        .map(([term = '', ...cells]) => wrapped(`${term}  ${cells.join(' ')}`, '', '     '))
        .join('\n')
    case 'links':
      return block.links.map(({ text, href }) => `- ${text}\n  ${href}`).join('\n')
  }
}

/** The blocks as HTML: plain elements without style, script or class. */
export const blocksAsHtml = (blocks: readonly Block[]): Markup =>
  markup`${blocks.map(
    (block) => markup`${htmlOf(block)}
`,
  )}`

/** The blocks as text of 78 columns; code keeps its lines. */
export const blocksAsText = (blocks: readonly Block[]): string =>
  `${blocks.map(textOf).join('\n\n')}\n`
