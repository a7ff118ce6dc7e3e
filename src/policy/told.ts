import type { Capabilities } from './compile-entry.ts'
import { compilePolicy } from './compile.ts'
import type { Policy } from './policy.ts'
import type { PolicyDocument } from './read-policy-document.ts'
import { withSwitches, type Switches } from './switches.ts'

/** A policy in force in a process that another one tells what to put in force. */
export type ToldPolicy = {
  current(): Policy
  /** Compiles documents beside the policy in force; their revision. Throws where they do not compile. */
  prepare(documents: readonly PolicyDocument[]): string
  /** Puts in force what was prepared last. Throws where that is another revision. */
  take(revision: string): void
  /** Puts switches in force instead of all earlier ones, at once. */
  setSwitches(switches: Switches): void
}

const compiled = (
  documents: readonly PolicyDocument[],
  capabilities: Capabilities | undefined,
): Policy => {
  const compilation = compilePolicy(documents, capabilities)
  if (compilation.ok) return compilation.policy
  const [first] = compilation.problems
  throw new Error(`${first?.file}:${first?.line}: ${first?.what}`)
}

/** Starts with what is in force where it is told from. Throws where that does not compile here. */
export const createToldPolicy = (start: {
  readonly documents: readonly PolicyDocument[]
  readonly switches: Switches
  readonly capabilities?: Capabilities
}): ToldPolicy => {
  const { documents, capabilities } = start
  let { switches } = start
  let written = compiled(documents, capabilities)
  let current = withSwitches(written, switches)
  let prepared: Policy | undefined
  return {
    current: () => current,
    prepare: (next) => {
      prepared = compiled(next, capabilities)
      return prepared.revision
    },
    take: (revision) => {
      if (prepared?.revision !== revision) throw new Error(`${revision} was not prepared`)
      written = prepared
      current = withSwitches(written, switches)
      prepared = undefined
    },
    setSwitches: (next) => {
      switches = next
      current = withSwitches(written, switches)
    },
  }
}
