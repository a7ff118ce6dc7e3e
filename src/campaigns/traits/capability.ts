import type { Capability, Prompt } from '../../core/traits.ts'
import { CAPABILITY_MARKS, MACHINE_TOOLS, type Asked } from './capability-marks.ts'
import type { Words, WordScanner } from './mask.ts'

/** A phrase that begins with a certain word: the words after it, and what it says. */
type Mark = { readonly rest: readonly number[]; readonly asked: Asked; readonly weight: number }

/** Judges the words of a first user turn, without its tools. */
export type CapabilityReader = (words: Words, text: string) => Capability

/** Marks that must come together before a prompt counts as more than talk. */
const ENOUGH = 3
const FENCE_WEIGHT = 3
/** What a prompt asks for stands near its begin or its end; the words in between are its matter. */
const HEAD_WORDS = 512
const TAIL_WORDS = 128
/** Times one mark counts: a word said a hundred times says no more than said twice. */
const MAX_TIMES = 2

const readMarks = (scanner: WordScanner): ReadonlyMap<number, readonly Mark[]> => {
  const marks = new Map<number, Mark[]>()
  for (const [asked, weight, ...phrases] of CAPABILITY_MARKS) {
    for (const phrase of phrases) {
      const { hashes, count } = scanner.plain(phrase)
      const [first, ...rest] = hashes.slice(0, count)
      if (first === undefined) continue
      const known = marks.get(first)
      const mark = { rest, asked, weight }
      if (known === undefined) marks.set(first, [mark])
      else known.push(mark)
    }
  }
  return marks
}

/**
 * Makes a reader of what prompts ask for, by single words and phrases of a table: a weak guess for each
 * prompt, good for comparing populations and for nothing else. Anyone can word a prompt around it.
 */
export const createCapability = (scanner: WordScanner): CapabilityReader => {
  const marks = readMarks(scanner)
  const bits = new Int32Array(256)
  for (const first of marks.keys()) {
    bits[first >>> 24] = (bits[first >>> 24] ?? 0) | (1 << (first & 31))
  }

  const follows = (hashes: Int32Array, at: number, { rest }: Mark): boolean => {
    for (let next = 0; next < rest.length; next++) {
      if (hashes[at + 1 + next] !== rest[next]) return false
    }
    return true
  }

  return ({ hashes, count }, text) => {
    const points = { grading: 0, data: 0, reasoning: 0, code: 0 }
    const times = new Map<Mark, number>()
    for (let at = 0; at < count; at++) {
      if (at === HEAD_WORDS) at = Math.max(at, count - TAIL_WORDS)
      const word = hashes[at] ?? 0
      if (((bits[word >>> 24] ?? 0) & (1 << (word & 31))) === 0) continue
      for (const mark of marks.get(word) ?? []) {
        if (at + mark.rest.length >= count || !follows(hashes, at, mark)) continue
        const seen = times.get(mark) ?? 0
        if (seen === MAX_TIMES) continue
        times.set(mark, seen + 1)
        points[mark.asked] += mark.weight
      }
    }
    if (text.slice(0, 16_384).includes('```')) points.code += FENCE_WEIGHT
    let best: Capability = 'chat'
    let most = ENOUGH - 1
    for (const asked of ['grading', 'data', 'reasoning', 'code'] as const) {
      if (points[asked] > most) {
        best = asked
        most = points[asked]
      }
    }
    return best
  }
}

const worksOnMachine = (name: string): boolean => {
  const lower = name.slice(0, 64).toLowerCase()
  return MACHINE_TOOLS.some((part) => lower.includes(part))
}

const MAX_TOOLS_READ = 32
const MAX_TURNS_READ = 64

/** Whether a prompt is one of an agent at work: tools that touch a machine, or results of any tool. */
export const isAgent = ({ tools, turns }: Prompt): boolean => {
  for (const { name } of tools.slice(0, MAX_TOOLS_READ)) if (worksOnMachine(name)) return true
  return turns.slice(0, MAX_TURNS_READ).some(({ role }) => role === 'tool')
}
