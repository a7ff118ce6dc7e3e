/** A keyed hash of something that must not be stored: a whole number from 1 to 2^53 - 1. */
export type Hash53 = number

/** Bins of a {@link Sketch}. */
export const SKETCH_BINS = 32

/**
 * A text of which only similarity is kept: one-permutation MinHash over its keyed word shingles (Li, Owen,
 * Zhang, NIPS 2012; empty bins filled as in Shrivastava and Li, ICML 2014), and a keyed hash of exactly
 * that text. The share of equal bins of two sketches estimates the Jaccard similarity of their shingles.
 */
export type Sketch = { readonly hash: Hash53; readonly bins: Uint32Array }

/** What kind of work a prompt asks for, by cheap marks of its wording and shape. */
export const CAPABILITIES = ['chat', 'code', 'agent', 'reasoning', 'grading', 'data'] as const

/** One of {@link CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number]

/**
 * What the body of one call says about who made it, as keyed hashes and sketches only: no text can be
 * read out of it. Computed once, in `read`, from the body as judged.
 */
export type Traits = {
  /**
   * The instructions that stand before every task: the system prompt with its run-time values masked, or
   * where there is none the opening words of the first user turn. `undefined` where both are too short.
   */
  readonly template: Sketch | undefined
  /** Declared tools: their names and the names of their parameters, in sorted order. */
  readonly tools: Hash53 | undefined
  /** Decoding profile: which sampling fields are set and to what, without model and prompt. */
  readonly decode: Hash53
  /** The first user turn, where it is long enough (60 words) that two alike have a common source. */
  readonly task: Sketch | undefined
  /** The conversation as it stood at the previous call of it; `undefined` on its first call. */
  readonly before: Hash53 | undefined
  /** The conversation as it stands in this call; `undefined` where it is too short to be told apart. */
  readonly after: Hash53 | undefined
  /** Where an agent says it runs: folder, system, repository; `undefined` where it says nothing. */
  readonly environment: Hash53 | undefined
  /** Whether the body tells another operating system than the headers; `undefined` where one is silent. */
  readonly contradicts: boolean | undefined
  readonly capability: Capability
  /** Whether this call begins a conversation: no answer of the model is in it yet. */
  readonly root: boolean
}

/** A turn of a prompt, in order. Roles other than these three are told as `user`. */
export type PromptTurn = { readonly role: 'user' | 'assistant' | 'tool'; readonly text: string }

/**
 * A request body without its dialect, as far as traits read it. `system` and the turns hold the texts as
 * sent (parts joined by line feeds); what is no text (images, audio) is left out.
 */
export type Prompt = {
  readonly system: string
  readonly turns: readonly PromptTurn[]
  readonly tools: readonly { readonly name: string; readonly parameters: readonly string[] }[]
  /** Names and values of the decoding fields that are set, in a fixed order. */
  readonly decode: readonly string[]
}
