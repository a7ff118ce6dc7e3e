// What a character does to the words around it. The numbers matter: `mask.ts` reckons with their bits.

/** Part of a word. */
export const LETTER = 0
/** Part of a word that then is a run-time value: number, date, id, version. */
export const DIGIT = 1
/** Ends a word and means nothing. */
export const MARK = 2
/** Ends a word, and what makes a value of it. */
const BLANK = 3
/** Makes a value of all that stands between two blanks: path, URL, e-mail address. */
export const SLASH = 4
/** A word by itself, in scripts that set no blanks. */
export const IDEOGRAPH = 5
/** May open a quotation. */
export const QUOTE = 6

/** Scripts written without blanks between words, by UTF-16 code unit; halves of surrogate pairs too. */
const IDEOGRAPHS: readonly (readonly [first: number, last: number])[] = [
  [0x0e00, 0x0eff], // Thai, Lao
  [0x1000, 0x109f], // Myanmar
  [0x1780, 0x17ff], // Khmer
  [0x3040, 0x30ff], // Hiragana, Katakana
  [0x31f0, 0x31ff],
  [0x3400, 0x9fff], // CJK
  [0xd800, 0xdfff],
  [0xf900, 0xfaff],
]

/** Punctuation beyond ASCII: Latin-1 signs, general punctuation to miscellaneous symbols, CJK, full width. */
const MARKS: readonly (readonly [first: number, last: number])[] = [
  [0x80, 0x84],
  [0x86, 0x9f],
  [0xa1, 0xa9],
  [0xab, 0xb4],
  [0xb6, 0xb9],
  [0xbb, 0xbf],
  [0x200b, 0x2027],
  [0x202a, 0x202e],
  [0x2030, 0x205e],
  [0x2060, 0x206f],
  [0x20a0, 0x20cf],
  [0x2190, 0x2bff],
  [0x3001, 0x303f],
  [0xfe00, 0xfe6f],
  [0xfeff, 0xfeff],
  [0xff00, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
]

const BLANKS = [0x09, 0x0b, 0x0c, 0x20, 0xa0, 0x1680, 0x202f, 0x205f, 0x3000]

/** Opening and closing sign of a quotation; both on one line. */
export const CLOSERS: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x60, '`'],
  [0xab, '»'],
  [0x201c, '”'],
  [0x201e, '“'],
  [0x300c, '」'],
  [0x300e, '』'],
])

const classTable = (): Uint8Array => {
  const table = new Uint8Array(0x1_0000)
  const set = (first: number, last: number, is: number): void => {
    table.fill(is, first, last + 1)
  }
  set(0, 0x7f, MARK)
  set(0x41, 0x5a, LETTER)
  set(0x61, 0x7a, LETTER)
  table[0x5f] = LETTER
  for (const [first, last] of MARKS) set(first, last, MARK)
  for (const [first, last] of IDEOGRAPHS) set(first, last, IDEOGRAPH)
  set(0x30, 0x39, DIGIT)
  set(0x660, 0x669, DIGIT)
  set(0x6f0, 0x6f9, DIGIT)
  set(0xff10, 0xff19, DIGIT)
  for (const code of BLANKS) table[code] = BLANK
  set(0x2000, 0x200a, BLANK)
  for (const code of [0x0a, 0x0d, 0x85, 0x2028, 0x2029]) table[code] = BLANK
  for (const code of [0x2f, 0x40, 0x5c]) table[code] = SLASH
  for (const code of CLOSERS.keys()) table[code] = QUOTE
  return table
}

/** Class of every UTF-16 code unit. */
export const CLASSES: Uint8Array = classTable()
