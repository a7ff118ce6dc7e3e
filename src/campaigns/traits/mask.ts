import * as classes from './mask-classes.ts'
import { dateWords, FNV_PRIME } from './mask-words.ts'

// Constants of this module: an imported binding is loaded anew for every character, at half the speed.
const { CLASSES, CLOSERS, MARK, SLASH, QUOTE } = classes
const PRIME = FNV_PRIME

/** The words of a text as keyed 32-bit hashes. The array is the scanner's own, until its next text. */
export type Words = {
  readonly hashes: Int32Array
  readonly count: number
  /** Twice the words: a character of a script without blanks counts half a word. */
  readonly halves: number
}

/** Reads words out of texts. */
export type WordScanner = {
  /** All words, in lower case. Looks at {@link HEAD_CHARS} and the {@link tailOf} a text only. */
  plain(text: string): Words
  /**
   * The words of the same part with run-time values (numbers, dates, paths, URLs, addresses, ids,
   * quotations) each replaced by one and the same word.
   */
  masked(text: string): Words
}

/** Characters that are read from the front of a text, and where it is longer, from its end. */
export const HEAD_CHARS = 32_768
/** See {@link HEAD_CHARS}. */
const TAIL_CHARS = 512

const MAX_QUOTED_CHARS = 200
/** A word longer than this is no word of a language but an id. */
const MAX_WORD_CHARS = 40
/** Stands for any run-time value, and for any number of them in a row. */
const VALUE = 0x76616c75
/** Room for a word each character; folding to lower case makes two of one character at most. */
const MAX_WORDS = (HEAD_CHARS + TAIL_CHARS * 4) * 2

/**
 * The end of a text longer than {@link HEAD_CHARS}, from the begin of a line where one is near, so that a
 * longer value in it does not shift the begin.
 */
export const tailOf = (text: string): string => {
  const region = text.slice(Math.max(HEAD_CHARS, text.length - TAIL_CHARS * 4))
  const line = region.lastIndexOf('\n', region.length - TAIL_CHARS) + 1
  return line > 0 ? region.slice(line) : region.slice(-TAIL_CHARS)
}

/** Finds the ends of quotations; each sign is looked for once through the whole text, and so are line ends. */
const createQuotations = (text: string): ((at: number, sign: string) => number) => {
  const closers = new Map<string, number>()
  const nextOf = (sign: string, from: number): number => {
    const known = closers.get(sign) ?? -1
    if (known >= from) return known
    const found = text.indexOf(sign, from)
    const next = found === -1 ? text.length : found
    closers.set(sign, next)
    return next
  }
  return (at, sign) => {
    const next = nextOf(sign, at + 1)
    return next - at <= MAX_QUOTED_CHARS && next < nextOf('\n', at + 1) ? next : -1
  }
}

/**
 * Makes a scanner whose hashes (FNV-1a over UTF-16 code units, from a secret seed) mean nothing without the
 * seed. One pass, linear for any text: nothing is looked at twice but the signs that may close a quotation,
 * and these once for each kind of quotation.
 */
export const createWordScanner = (seed: number): WordScanner => {
  const dates = dateWords(seed)
  // A chunk is what stands between two blanks: one or more words, of which all are a value or none is.
  const hashes = new Int32Array(MAX_WORDS)
  const chunkOf = new Int32Array(MAX_WORDS)
  const isValue = new Uint8Array(MAX_WORDS * 2)
  let words = 0
  let chunk = 0
  let ideographs = 0

  /**
   * Adds the words of `text`. The classes up to {@link SLASH} go without a branch, by arithmetic on the bits
   * of their numbers, and each step writes down the word as it stands: where words and chunks end is what no
   * processor predicts, and this is three times as fast.
   */
  const scan = (text: string, masking: boolean): void => {
    const folded = `${text}\n`.toLowerCase()
    const quotation = createQuotations(folded)
    const { length } = folded
    // `| 0` tells the compiler that they are 32-bit numbers.
    let word = words | 0
    let between = chunk | 0
    let hash = seed
    let letters = 0
    let value = 0
    // All ones after a letter or digit.
    let inWord = 0
    for (let at = 0; at < length; at++) {
      const code = folded.charCodeAt(at)
      const is = CLASSES[code] ?? MARK
      hashes[word] = hash
      chunkOf[word] = between
      if (is <= SLASH) {
        const isWord = (is - MARK) >> 31
        word += inWord & ~isWord & 1
        hash = (Math.imul(hash ^ code, PRIME) & isWord) | (seed & ~isWord)
        letters = (letters + 1) & isWord
        value |= (is & isWord) | (is >> 2)
        if (letters > MAX_WORD_CHARS) value = 1
        inWord = isWord
        isValue[between] = value
        // 1 for BLANK, the only one of these with both lower bits set.
        const blank = is & (is >> 1) & 1
        between += blank
        value &= blank - 1
        continue
      }
      word += inWord & 1
      hash = seed
      letters = 0
      inWord = 0
      const end = is === QUOTE && masking ? quotation(at, CLOSERS.get(code) ?? '') : -1
      if (is === QUOTE && end <= at + 1) continue
      isValue[between++] = value
      value = 0
      // One chunk by itself: a sign that is a word, or a quotation.
      hashes[word] = Math.imul(seed ^ code, PRIME)
      chunkOf[word++] = between
      isValue[between++] = is === QUOTE ? 1 : 0
      if (is === QUOTE) at = end
      else ideographs++
    }
    words = word
    chunk = between
  }

  /** Words of chunks with a value in them, and dates, become values; values in a row become one. */
  const mask = (): void => {
    let kept = 0
    for (let at = 0; at < words; at++) {
      const hash = hashes[at] ?? 0
      const is = isValue[chunkOf[at] ?? 0] === 1 || dates.has(hash) ? VALUE : hash
      if (is !== VALUE || kept === 0 || hashes[kept - 1] !== VALUE) hashes[kept++] = is
    }
    words = kept
  }

  const read = (text: string, masking: boolean): Words => {
    words = 0
    chunk = 0
    ideographs = 0
    if (text.length <= HEAD_CHARS) scan(text, masking)
    else {
      scan(text.slice(0, HEAD_CHARS), masking)
      scan(tailOf(text), masking)
    }
    if (masking) mask()
    return { hashes, count: words, halves: words * 2 - ideographs }
  }

  return { plain: (text) => read(text, false), masked: (text) => read(text, true) }
}
