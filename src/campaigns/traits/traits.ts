import { createRecent } from '../../core/recent.ts'
import type { Capability, Hash53, Prompt, Sketch, Traits } from '../../core/traits.ts'
import { createCapability, isAgent } from './capability.ts'
import {
  environmentHash,
  headerSystem,
  NOWHERE,
  readEnvironment,
  statedSystem,
  type Environment,
} from './environment.ts'
import { createWordScanner, HEAD_CHARS, tailOf, type Words } from './mask.ts'
import { sketchOf, wordsHash } from './sketch.ts'
import { chainOf } from './traits-chain.ts'
import { createTraitsHash, type TraitsHash } from './traits-hash.ts'

/** Reads traits out of prompts; `rawHeaders` are names and values by turns. Never throws. */
export type TraitsReader = (prompt: Prompt, rawHeaders: readonly string[]) => Traits

/** What is kept of a system prompt. */
type Instructions = {
  readonly template: Sketch | undefined
  /** Of the masked words, however few. */
  readonly hash: Hash53
  readonly environment: Environment
}

/** What is kept of a first user turn. */
type Opening = {
  /** Of its first words; `null` until somebody has no better one. */
  template: Sketch | undefined | null
  readonly task: Sketch | undefined
  readonly environment: Environment
  readonly capability: Capability
}

/** System prompts and first user turns remembered, each; at most twice as many. */
const REMEMBERED = 4_096
/** Short texts remembered with their hash, and how long they may be. */
const REMEMBERED_TEXTS = 1_024
const MAX_REMEMBERED_CHARS = 1_024
/** Half words below which instructions are no template, and a first turn no task. */
const TEMPLATE_HALVES = 16
const TASK_HALVES = 120
/** Words of a first user turn that stand for a system prompt. */
const OPENING_WORDS = 64
/** Characters in which these are looked for. */
const OPENING_CHARS = 1_024

const NO_OPENING: Opening = {
  template: undefined,
  task: undefined,
  environment: NOWHERE,
  capability: 'chat',
}

/** A key for all of a text that is looked at. */
const keyOf = (text: string, hash: TraitsHash): Hash53 =>
  text.length <= HEAD_CHARS
    ? hash.text(text)
    : hash.join([hash.text(text.slice(0, HEAD_CHARS)), hash.text(tailOf(text)), text.length])

/** Tools by name and names of parameters, both sorted: their order says nothing. */
const toolsHash = (tools: Prompt['tools'], hash: TraitsHash): Hash53 | undefined => {
  if (tools.length === 0) return undefined
  const lines = tools.map(({ name, parameters }) => `${name}(${parameters.toSorted().join()})`)
  return hash.text(`tools\n${lines.toSorted().join('\n')}`)
}

/**
 * Makes the reader of traits for one installation. What a call costs is hashing its texts once; words are
 * read only of a system prompt and of a first user turn, and of these only where they are not among the
 * latest thousands: agents send both with every call of a conversation. Texts past
 * {@link HEAD_CHARS} are read at their head and end only.
 */
export const createTraits = (options: { readonly rootKey: Uint8Array }): TraitsReader => {
  const hash = createTraitsHash(options.rootKey)
  const scanner = createWordScanner(hash.seeds[0])
  const capabilityOf = createCapability(scanner)
  const instructions = createRecent<Hash53, Instructions>(REMEMBERED)
  const openings = createRecent<Hash53, Opening>(REMEMBERED)
  const shortTexts = createRecent<string, Hash53>(REMEMBERED_TEXTS)

  const templateOf = (words: Words): Sketch | undefined =>
    words.halves >= TEMPLATE_HALVES ? sketchOf(words, hash) : undefined

  /** What stands in for a template where there are no instructions to speak of. */
  const openingTemplate = (opening: Opening, text: string): Sketch | undefined => {
    if (opening.template !== null) return opening.template
    const words = scanner.masked(text.slice(0, OPENING_CHARS))
    opening.template = templateOf({ ...words, count: Math.min(words.count, OPENING_WORDS) })
    return opening.template
  }

  /** The hash of a text that is much the same from call to call. */
  const hashOfRepeated = (text: string): Hash53 => {
    if (text.length > MAX_REMEMBERED_CHARS) return hash.text(text)
    const known = shortTexts.get(text)
    if (known !== undefined) return known
    const hashed = hash.text(text)
    shortTexts.set(text, hashed)
    return hashed
  }

  const readInstructions = (text: string): Instructions => {
    const key = keyOf(text, hash)
    const known = instructions.get(key)
    if (known !== undefined) return known
    const words = scanner.masked(text)
    const template = templateOf(words)
    const read = {
      template,
      hash: template?.hash ?? wordsHash(words, hash),
      environment: readEnvironment(text),
    }
    instructions.set(key, read)
    return read
  }

  const readOpening = (text: string, key: Hash53): Opening => {
    const known = openings.get(key)
    if (known !== undefined) return known
    const words = scanner.plain(text)
    const length = text.length > HEAD_CHARS ? text.length : 0
    const capability = capabilityOf(words, text)
    const task = words.halves >= TASK_HALVES ? sketchOf(words, hash, length) : undefined
    const read: Opening = {
      template: null,
      task,
      capability,
      environment: readEnvironment(text),
    }
    openings.set(key, read)
    return read
  }

  const nothing = readInstructions('')

  return (prompt, rawHeaders) => {
    const { turns } = prompt
    const given = prompt.system === '' ? nothing : readInstructions(prompt.system)
    const firstAt = turns.findIndex(({ role }) => role === 'user')
    const first = turns[firstAt]?.text ?? ''
    const firstHash = first === '' ? 0 : keyOf(first, hash)
    const opening = first === '' ? NO_OPENING : readOpening(first, firstHash)
    const tools = toolsHash(prompt.tools, hash)
    const start = hash.join([given.hash, tools ?? 0])
    const known =
      first === '' || first.length > HEAD_CHARS ? undefined : { at: firstAt, hash: firstHash }
    const { before, after, root } = chainOf(prompt, start, hash, known)
    // Only something that runs in a folder says which.
    const hasFolder = given.environment.has('folder') || opening.environment.has('folder')
    const stated = statedSystem(given.environment, opening.environment)
    const told = stated === undefined ? undefined : headerSystem(rawHeaders)
    return {
      template: given.template ?? openingTemplate(opening, first),
      tools,
      decode: hashOfRepeated(`decode\n${prompt.decode.join('\n')}`),
      task: opening.task,
      before,
      after,
      environment: environmentHash(given.environment, opening.environment, hash),
      contradicts: stated === undefined || told === undefined ? undefined : stated !== told,
      capability: isAgent(prompt) || hasFolder ? 'agent' : opening.capability,
      root,
    }
  }
}
