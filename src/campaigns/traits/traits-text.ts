import {
  CAPABILITIES,
  SKETCH_BINS,
  type Hash53,
  type Sketch,
  type Traits,
} from '../../core/traits.ts'

/** Bytes of the bins of a sketch, and their length in base64. */
const SKETCH_BYTES = SKETCH_BINS * 4
const SKETCH_CHARS = Math.ceil(SKETCH_BYTES / 3) * 4
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const FIELDS = 10

/** A part of a traits row; nothing but these stands in one. */
type Cell = number | readonly [hash: number, bins: string]

const sketchCell = (sketch: Sketch | undefined): Cell => {
  if (sketch === undefined) return 0
  const { buffer, byteOffset, byteLength } = sketch.bins
  return [sketch.hash, Buffer.from(buffer, byteOffset, byteLength).toString('base64')]
}

/**
 * Traits as a list for JSON: template, tools, decode, task, before, after, environment, contradicts (0
 * unknown, 1 no, 2 yes), capability by its place, root. 0 stands for what is absent, which no hash is. The
 * bins of a sketch are base64 of their bytes, lowest first, as on every machine that Node.js runs on.
 */
export const traitsCells = (traits: Traits): readonly Cell[] => [
  sketchCell(traits.template),
  traits.tools ?? 0,
  traits.decode,
  sketchCell(traits.task),
  traits.before ?? 0,
  traits.after ?? 0,
  traits.environment ?? 0,
  traits.contradicts === undefined ? 0 : traits.contradicts ? 2 : 1,
  CAPABILITIES.indexOf(traits.capability),
  traits.root ? 1 : 0,
]

const isHash = (value: unknown): value is Hash53 =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1

/** A hash, `undefined` for none, or `false` for what is neither. */
const hashOf = (value: unknown): Hash53 | undefined | false =>
  value === 0 ? undefined : isHash(value) && value

const sketchOf = (value: unknown): Sketch | undefined | false => {
  if (value === 0) return undefined
  if (!Array.isArray(value) || value.length !== 2) return false
  const [hash, text] = value as readonly unknown[]
  if (!isHash(hash) || typeof text !== 'string') return false
  if (text.length !== SKETCH_CHARS || !BASE64.test(text)) return false
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== SKETCH_BYTES) return false
  // The bytes lie anywhere in a pool; numbers need a place of their own.
  return { hash, bins: new Uint32Array(Uint8Array.from(bytes).buffer) }
}

const CONTRADICTS = [undefined, false, true] as const

/** Traits out of a list of JSON; `undefined` where anything of it is not as it has to be. */
export const traitsOfCells = (value: unknown): Traits | undefined => {
  if (!Array.isArray(value) || value.length !== FIELDS) return undefined
  const cells: readonly unknown[] = value
  const template = sketchOf(cells[0])
  const tools = hashOf(cells[1])
  const decode = hashOf(cells[2])
  const task = sketchOf(cells[3])
  const before = hashOf(cells[4])
  const after = hashOf(cells[5])
  const environment = hashOf(cells[6])
  const [contradicts, place, root] = cells.slice(7)
  if (template === false || task === false || tools === false || before === false) return undefined
  if (after === false || environment === false || decode === false) return undefined
  if (contradicts !== 0 && contradicts !== 1 && contradicts !== 2) return undefined
  const capability = typeof place === 'number' ? CAPABILITIES[place] : undefined
  if (decode === undefined || capability === undefined || (root !== 0 && root !== 1)) {
    return undefined
  }
  return {
    template,
    tools,
    decode,
    task,
    before,
    after,
    environment,
    contradicts: CONTRADICTS[contradicts],
    capability,
    root: root === 1,
  }
}
