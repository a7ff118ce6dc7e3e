import { prose, sentence, thingName } from './prose.ts'
import { createZipf, type Random } from './random.ts'
import type { Texts } from './texts.ts'

/** The first thing that somebody says in a conversation. */
export type Asking = (random: Random) => string

const OWN_PARAGRAPHS = 8

/**
 * Long texts of one account: paragraphs of its own, which come again, as forms and documents do, and one
 * sentence that does not. Some 90 words.
 */
const createOwnText = (): Asking => {
  const paragraphs: string[] = []
  return (random) => {
    if (paragraphs.length < OWN_PARAGRAPHS) paragraphs.push(prose(random, 3))
    const first = random.below(paragraphs.length)
    const some = [0, 1, 2].map((off) => paragraphs[(first + off) % paragraphs.length] ?? '')
    return `${some.join('\n')}${paragraphs.length < 3 ? prose(random, 6) : ''}\n${sentence(random)}`
  }
}

const ranks = new Map<number, (random: Random) => number>()

/** A prompt that many have copied from a page, a book or a benchmark: Zipf with exponent 0.8. */
export const copiedText = (texts: Texts, random: Random): string => {
  const { length } = texts.copied
  const rank = ranks.get(length) ?? createZipf(length, 0.8)
  ranks.set(length, rank)
  return texts.copied[rank(random)] ?? ''
}

/** Makes an account's way of asking: shares of what it copied and of long texts of its own, else `short`. */
export const createAsking = (
  texts: Texts,
  shares: { readonly copied: number; readonly long: number },
  short: Asking,
): Asking => {
  const long = createOwnText()
  return (random) => {
    const draw = random.unit()
    if (draw < shares.copied) return copiedText(texts, random)
    return draw < shares.copied + shares.long ? long(random) : short(random)
  }
}

// Shares are guesses; half of the calls of the Azure conversations have more than 1,000 tokens.
const CHAT = { copied: 0.04, long: 0.3 }
const AGENT = { copied: 0.01, long: 0.25 }
const APP = { copied: 0.003, long: 0 }
const LONG_APP = { copied: 0.003, long: 0.9 }
/** Programs whose input is a document and not a line. */
const LONG_APPS = 0.5

/** How a person chats. */
export const chatAsking = (texts: Texts): Asking =>
  createAsking(texts, CHAT, (random) => {
    const question = random.pick(texts.questions)
    const draw = random.unit()
    if (draw < 0.4) return question
    return `${question} ${draw < 0.85 ? sentence(random) : 'Explain your reasoning step by step.'}`
  })

/** How a developer tells an agent what to do. */
export const agentAsking = (texts: Texts): Asking =>
  createAsking(
    texts,
    AGENT,
    (random) => `${random.pick(texts.chores)} See ${thingName(random)}/${thingName(random)}.ts.`,
  )

/** What a program sends. */
export const appAsking = (texts: Texts, random: Random): Asking =>
  createAsking(
    texts,
    random.chance(LONG_APPS) ? LONG_APP : APP,
    (draws) => `Input: ${prose(draws, 1 + draws.below(4))}`,
  )

/** One item of a public list after another, from any of them on. */
export const listAsking = (list: readonly string[], random: Random): Asking => {
  let at = random.below(Math.max(1, list.length))
  return () => list[at++ % list.length] ?? ''
}
