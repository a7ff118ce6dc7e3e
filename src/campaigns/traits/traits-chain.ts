import type { Hash53, Prompt, PromptTurn } from '../../core/traits.ts'
import { CLASSES, DIGIT, IDEOGRAPH, LETTER } from './mask-classes.ts'
import type { TraitsHash } from './traits-hash.ts'

/** Where a conversation stands, before and after the newest turns. */
export type Chain = {
  readonly before: Hash53 | undefined
  readonly after: Hash53 | undefined
  readonly root: boolean
}

/** Characters of the turns that are hashed whole, from the first one on. */
const WHOLE_CHARS = 262_144
/** Turns of which the text is hashed at all; of later ones only the length. */
const WHOLE_TURNS = 4_096
/** Characters of either end of a turn that does not fit into these any more. */
const END_CHARS = 128
/** Conversations of fewer words are had by too many. */
const MIN_HALVES = 16

const ROLES = { user: 1, assistant: 2, tool: 3 } as const

/**
 * Hash of a text of which at most `wholeChars` and the end are looked at; its length is in it, so that texts
 * that differ only in between still differ mostly.
 */
export const hashWithin = (hash: TraitsHash, text: string, wholeChars: number): Hash53 =>
  text.length <= wholeChars
    ? hash.text(text)
    : hash.join([
        hash.text(text.slice(0, wholeChars)),
        hash.text(text.slice(-END_CHARS)),
        text.length,
      ])

/** Whether the first `turns` of a conversation hold enough words to be told from others. */
const longEnough = (turns: readonly PromptTurn[], end: number): boolean => {
  let halves = 0
  let looked = 0
  for (let at = 0; at < end; at++) {
    const text = turns[at]?.text ?? ''
    let inWord = false
    for (let i = 0; i < text.length; i++) {
      const is = CLASSES[text.charCodeAt(i)]
      const word = is === LETTER || is === DIGIT
      if (is === IDEOGRAPH) halves++
      else if (word && !inWord) halves += 2
      inWord = word
      if (halves >= MIN_HALVES) return true
      if (++looked > WHOLE_CHARS) return false
    }
  }
  return false
}

/** The number of turns below `end` that are left once those at its end with that answer are taken away. */
const without = (turns: readonly PromptTurn[], end: number, assistant: boolean): number => {
  let left = end
  while (left > 0 && (turns[left - 1]?.role === 'assistant') === assistant) left--
  return left
}

/**
 * The chain of a conversation: h0 is `start`, made of instructions and tools, and each turn adds its role and
 * text. An answer that is begun for the model to go on with stands outside. What an SDK sends next is this
 * call's turns, the model's answers and the newest turns, so `before` of that call is `after` of this one.
 * Linear in the length of the turns, and past {@link WHOLE_CHARS} in their number; past {@link WHOLE_TURNS} next to
 * nothing. `known` is the hash of
 * the turn at `knownAt`, to save its work.
 */
export const chainOf = (
  { turns }: Prompt,
  start: Hash53,
  hash: TraitsHash,
  known?: { readonly at: number; readonly hash: Hash53 },
): Chain => {
  const asked = without(turns, turns.length, true)
  const answered = without(turns, asked, false)
  const earlier = without(turns, answered, true)
  const root = answered === 0
  // A conversation that begins with an answer goes on from one that is not in the body.
  if (turns[0]?.role === 'assistant') return { before: undefined, after: undefined, root }
  let state = start
  let before: Hash53 | undefined
  let left = WHOLE_CHARS
  for (let at = 0; at < asked; at++) {
    if (at === earlier && earlier > 0) before = state
    const turn = turns[at]
    if (turn === undefined) break
    const { role, text } = turn
    const whole = Math.max(END_CHARS, left)
    const isKnown = known?.at === at && text.length <= whole
    const textHash =
      at >= WHOLE_TURNS ? text.length : isKnown ? known.hash : hashWithin(hash, text, whole)
    left = Math.max(0, left - text.length)
    state = hash.chain(state, ROLES[role], textHash)
  }
  return {
    before: before !== undefined && longEnough(turns, earlier) ? before : undefined,
    after: longEnough(turns, asked) ? state : undefined,
    root,
  }
}
