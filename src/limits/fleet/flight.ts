import type { Taken } from '../../core/ledger.ts'
import type { FleetCharge } from './charge.ts'
import type { FleetLink } from './link.ts'

/** The charges of a call that one ledger counts. */
export type FleetGroup = { readonly link: FleetLink; readonly charges: readonly FleetCharge[] }

const isLocated = ({ located }: FleetCharge): boolean => located

/** The charges by their ledgers; those for which no counter could be found are in no group. */
export const groupsOf = (
  links: readonly FleetLink[],
  charges: readonly FleetCharge[],
): readonly FleetGroup[] => {
  const [only] = links
  if (links.length === 1 && only !== undefined && charges.every(isLocated)) {
    return charges.length === 0 ? [] : [{ link: only, charges }]
  }
  const groups = new Map<FleetLink, FleetCharge[]>()
  for (const charge of charges) {
    const link = links[charge.lo & (links.length - 1)]
    if (link === undefined || !charge.located) continue
    const group = groups.get(link)
    if (group === undefined) groups.set(link, [charge])
    else group.push(charge)
  }
  return Array.from(groups, ([link, grouped]) => ({ link, charges: grouped }))
}

/** Asks the ledgers of all groups at once; answers in their order, `undefined` where one failed. */
export const askAll = async (
  groups: readonly FleetGroup[],
  how: 'take' | 'read',
): Promise<readonly (Taken | undefined)[]> => {
  const [only] = groups
  // The usual case, without the price of the others.
  if (groups.length === 1 && only !== undefined) return [await only.link[how](only.charges)]
  return Promise.all(groups.map(({ link, charges }) => link[how](charges)))
}
