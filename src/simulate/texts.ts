/** An agent or framework that many customers use: its instructions and its tools. */
export type KnownAgent = {
  readonly name: string
  readonly system: string
  /** Names of its tools, each with the names of its parameters. */
  readonly tools: readonly (readonly [name: string, ...parameters: string[]])[]
  /** Header set it calls with, by name. */
  readonly stack: string
}

/** The texts a simulation draws from. Plain texts, not escaped. */
export type Texts = {
  /** Popular agents, the most used first. */
  readonly agents: readonly KnownAgent[]
  /** Instructions that frameworks ship. */
  readonly frameworks: readonly string[]
  /** What people write to a chat or to a support bot; none of 55 words or more. */
  readonly questions: readonly string[]
  /** What developers ask of an agent or of a tool-using model. */
  readonly chores: readonly string[]
  /** Instructions of published pipelines that make or grade training data, by what they are for. */
  readonly pipelines: {
    readonly generate: readonly string[]
    readonly grade: readonly string[]
    readonly reason: readonly string[]
  }
  /** Tasks as such pipelines make them, by the work that they are for. */
  readonly harvest: {
    readonly generate: readonly string[]
    readonly reason: readonly string[]
    readonly agentic: readonly string[]
  }
  /** Long prompts that many people copy: of tutorials, books, benchmarks. */
  readonly copied: readonly string[]
  /** Tools that programs declare together. */
  readonly toolsets: readonly KnownAgent['tools'][]
  /** What agents did and what came back, as pieces of JSON strings; made up where there are none. */
  readonly steps: readonly { readonly args: string; readonly result: string }[]
  /** Prompts of public benchmarks, prefix and question. */
  readonly benchmarks: readonly string[]
}
