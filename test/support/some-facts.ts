import { Facts, type Findings } from '../../src/core/facts.ts'

/** A sheet with these facts known and all others without a source. */
export const someFacts = (findings: Findings = {}): Facts => {
  const facts = new Facts()
  facts.add(findings)
  return facts
}
