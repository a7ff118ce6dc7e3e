import type { Prompt } from '../core/traits.ts'
import { listOf, objectOf, stringOf } from './text-prompt.ts'

const MAX_TOOLS = 512
const MAX_PARAMETERS = 64

/** A declared tool: its name and the names its JSON schema gives properties. */
export type PromptTool = Prompt['tools'][number]

/** Names of the properties of a JSON schema's top level. */
export const parameterNames = (schema: unknown): readonly string[] => {
  const names: string[] = []
  for (const name in objectOf(objectOf(schema)['properties'])) {
    if (names.length === MAX_PARAMETERS) break
    names.push(name)
  }
  return names
}

/** The tools of a list, at most 512: `read` turns an entry into the tools it declares. */
export const toolsOf = (
  list: unknown,
  read: (entry: unknown) => readonly PromptTool[],
): readonly PromptTool[] => {
  const tools: PromptTool[] = []
  for (const entry of listOf(list)) {
    for (const tool of read(entry)) {
      if (tools.length === MAX_TOOLS) return tools
      tools.push(tool)
    }
  }
  return tools
}

/** A tool of the provider's own, which has a type and maybe a name. */
export const builtInTool = (entry: unknown): PromptTool => {
  const { name, type } = objectOf(entry)
  return { name: stringOf(name) || stringOf(type), parameters: [] }
}
