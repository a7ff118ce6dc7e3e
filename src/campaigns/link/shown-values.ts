import type { LinkEvidence, Observation } from '../../core/campaign.ts'
import { LINK_KINDS, type LinkFamily } from './link-keys.ts'
import type { Link } from './link.ts'
import { pairValue, textValue } from './value-hash.ts'

const MOST_NAMES = 20_000
const LONGEST_NAME = 80
const WEEK_MS = 7 * 86_400_000

/** Names of values that may be shown. */
export interface ShownValues {
  note(observation: Observation): void
  evidenceOf(link: Link): LinkEvidence
  save(): unknown
  /** Takes what `save` gave; throws where it is something else. */
  restore(saved: unknown): void
}

/** Names of values that may be shown, at most 20,000 a family; others are told as hashes. */
export const createShownValues = (): ShownValues => {
  const clients = new Map<number, string>()
  const fundings = new Map<number, string>()
  const note = (names: Map<number, string>, value: number, name: string): void => {
    if (names.has(value)) return
    names.set(value, name.slice(0, LONGEST_NAME))
    if (names.size <= MOST_NAMES) return
    for (const oldest of names.keys()) {
      names.delete(oldest)
      return
    }
  }
  const nameOf = (family: LinkFamily, value: number): string => {
    const hex = value.toString(16).padStart(8, '0')
    switch (family) {
      case 'client':
        return `${clients.get(value) ?? 'client'} #${hex}`
      case 'funding':
        return fundings.get(value) ?? `#${hex}`
      case 'asn':
        return `AS${value}`
      case 'week':
        return new Date((value - 1) * WEEK_MS).toISOString().slice(0, 10)
      case 'template':
      case 'decode':
      case 'cell':
        return `#${hex}`
    }
  }
  return {
    note: ({ client, stack, funding }) => {
      if (client !== undefined)
        note(clients, pairValue(textValue(client), textValue(stack ?? '')), client)
      if (funding !== undefined) note(fundings, textValue(funding), funding)
    },
    evidenceOf: ({ kind, parts, n, expected, llr }) => {
      const families = LINK_KINDS[kind] ?? []
      return {
        family: families.join('+'),
        shown: families.map((family, i) => nameOf(family, parts[i] ?? 0)).join(' + '),
        entities: n,
        expected,
        lift: n / expected,
        llr,
      }
    },
    save: () => ({ clients, fundings }),
    restore: (saved) => {
      const given = saved as { clients: unknown; fundings: unknown } // checked below
      if (!(given.clients instanceof Map) || !(given.fundings instanceof Map))
        throw new TypeError('names')
      for (const [value, name] of given.clients) note(clients, Number(value), String(name))
      for (const [value, name] of given.fundings) note(fundings, Number(value), String(name))
    },
  }
}
