/** What a reshape can take away, in the words of policies and records. */
export const RESHAPE_KEYS = ['reasoning', 'max_tokens', 'candidates', 'logprobs'] as const

/** One of {@link RESHAPE_KEYS}. */
export type ReshapeKey = (typeof RESHAPE_KEYS)[number]

/**
 * Switches by which servers of OpenAI's dialect that show reasoning in chat hide it: `include_reasoning`
 * (vLLM, Groq, OpenRouter), `reasoning.exclude` (OpenRouter), `reasoning_format` (Groq).
 */
export const REASONING_SWITCHES = [
  'include_reasoning',
  'reasoning.exclude',
  'reasoning_format',
] as const

/** One of {@link REASONING_SWITCHES}. */
export type ReasoningSwitch = (typeof REASONING_SWITCHES)[number]

/** What is taken away from a request; it only ever narrows what the caller asked for. */
export type Reshape = {
  /** The model reasons as before, and the answer does not show it. */
  readonly hideReasoning: boolean
  /** What is switched for it on servers that show reasoning unasked; nothing is added without it. */
  readonly reasoningSwitch?: ReasoningSwitch | undefined
  /** Most output tokens of one answer. */
  readonly maxTokens: number | undefined
  /** Most answers to one request. */
  readonly candidates: number | undefined
  readonly noLogprobs: boolean
}

/** One field of a request that was changed; values only where they are numbers or flags, never texts. */
export type FieldChange = {
  /** Names that lead to it, joined by dots; `[]` for the entries of a list. */
  readonly field: string
  /** Absent where it was not there, or was a text, list or object. */
  readonly from?: number | boolean
  /** Absent where it was removed, or is a text, list or object. */
  readonly to?: number | boolean
}

/** What became of a reshape. */
export type Reshaped = {
  /** One entry a field; of a batch the first change of each field. */
  readonly changed: readonly FieldChange[]
  /** What was wanted and has no documented field on this route or model. */
  readonly unsupported: readonly ReshapeKey[]
}

/** The keys a reshape asks for, in the order of {@link RESHAPE_KEYS}. */
export const wantedKeys = (reshape: Reshape): readonly ReshapeKey[] =>
  RESHAPE_KEYS.filter((key) => {
    switch (key) {
      case 'reasoning':
        return reshape.hideReasoning
      case 'max_tokens':
        return reshape.maxTokens !== undefined
      case 'candidates':
        return reshape.candidates !== undefined
      case 'logprobs':
        return reshape.noLogprobs
    }
  })

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

/** Both at once: the stricter of each key. */
export const strictest = (a: Reshape | undefined, b: Reshape): Reshape =>
  a === undefined
    ? b
    : {
        hideReasoning: a.hideReasoning || b.hideReasoning,
        reasoningSwitch: a.reasoningSwitch ?? b.reasoningSwitch,
        maxTokens: least(a.maxTokens, b.maxTokens),
        candidates: least(a.candidates, b.candidates),
        noLogprobs: a.noLogprobs || b.noLogprobs,
      }

/** A reshape in the words of policies, for people: `reasoning hide, max_tokens 2048`. */
export const reshapeText = (reshape: Reshape): string =>
  wantedKeys(reshape)
    .map((key) => {
      switch (key) {
        case 'reasoning':
          return reshape.reasoningSwitch === undefined
            ? 'reasoning hide'
            : `reasoning hide by ${reshape.reasoningSwitch}`
        case 'max_tokens':
          return `max_tokens ${reshape.maxTokens}`
        case 'candidates':
          return `candidates ${reshape.candidates}`
        case 'logprobs':
          return 'logprobs off'
      }
    })
    .join(', ')
