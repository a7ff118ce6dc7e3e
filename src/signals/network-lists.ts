import { Unknown } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import { hidesUser, rankOfKind, type IpKind } from './ip-kind.ts'
import { parseNetworkList, type NetworkSet } from './network-list-file.ts'
import { readAddress } from './network-ranges.ts'
import { openWatchedFile, type WatchedFile, type WatchingOptions } from './watched-file.ts'

/** One list of the settings. */
export type NetworkListSettings = {
  readonly file: string
  readonly kind: IpKind
  /** Who runs the networks of this list. */
  readonly provider?: string | undefined
}

/** What the lists say of an address. */
export type ListMatch = {
  /** The list that names it, the first in the order of kinds. */
  readonly kind: IpKind | undefined
  readonly provider: string | undefined
  /** Whether some list could not be asked, so that no match does not mean that none names it. */
  readonly unsure: boolean
  /** Likewise for the lists of kinds that hide their user. */
  readonly unsureOfAnonymity: boolean
}

/** A list in use, for health and console. */
export type NetworkListStatus = NetworkListSettings & {
  readonly loaded: boolean
  readonly entries: number
  /** What is wrong with the file that lies there now. */
  readonly problems: readonly Problem[]
}

/** The operator's lists, replaced one by one as their files change. */
export interface NetworkLists {
  /** Grows with every replacement. */
  readonly revision: number
  /** Whether there is a list of a kind that hides its user. */
  readonly tellAnonymity: boolean
  /** How many lists are configured. */
  readonly count: number
  match(address: string, asn: number | Unknown): ListMatch
  status(): readonly NetworkListStatus[]
  close(): Promise<void>
}

type List = {
  readonly settings: NetworkListSettings
  set: NetworkSet | undefined
  problems: readonly Problem[]
}

const MAX_BYTES = 64 * 1024 * 1024

const cannotMatch = (file: string, asns: number): Problem => ({
  file,
  line: 1,
  col: 1,
  what: `${asns} AS entries cannot match without an ASN database, so no address is surely in none`,
  instead: 'set geoip.asn, or take the AS entries out',
})

/**
 * Loads lists of CIDRs, addresses and AS numbers, one kind a list, and keeps them fresh. A bad replacement
 * is reported and the last good list stays. An address that several lists name is of the first of their
 * kinds ({@link rankOfKind}), of lists of one kind the first in the settings. AS entries match by the
 * ASN database; while that cannot tell, they are unsure, and with no AS for the address they do not match.
 */
export const createNetworkLists = async (options: {
  readonly lists: readonly NetworkListSettings[]
  /** Whether a database is configured that AS entries can match by. */
  readonly hasAsnDatabase: boolean
  readonly onProblem: (problem: Problem) => void
  readonly onLoaded?: (list: NetworkListSettings, entries: number) => void
  /** How the file is watched, as {@link openWatchedFile} takes it. */
  readonly watching?: WatchingOptions
}): Promise<NetworkLists> => {
  let revision = 0
  const lists: List[] = options.lists
    .map((settings) => ({ settings, set: undefined, problems: [] }))
    .toSorted((a, b) => rankOfKind(a.settings.kind) - rankOfKind(b.settings.kind))

  const open = (list: List): Promise<WatchedFile> => {
    const { file } = list.settings
    const report = (problems: readonly Problem[]): void => {
      list.problems = problems
      problems.forEach(options.onProblem)
    }
    const keeping = (): string =>
      list.set === undefined ? 'the list is not in use' : 'the last good list stays in use'
    return openWatchedFile({
      file,
      maxBytes: MAX_BYTES,
      take: async (bytes) => {
        const { set, problems } = await parseNetworkList(file, bytes)
        const last = problems.at(-1)
        if (set === undefined && last !== undefined) {
          report([...problems.slice(0, -1), { ...last, what: `${last.what}; ${keeping()}` }])
          return
        }
        list.set = set
        revision++
        const idle = options.hasAsnDatabase || set === undefined || set.asns === 0
        report(idle ? problems : [...problems, cannotMatch(file, set.asns)])
        options.onLoaded?.(list.settings, set?.entries ?? 0)
      },
      onFlaw: (what, instead) =>
        report([{ file, line: 1, col: 1, what: `${what}; ${keeping()}`, instead }]),
      ...options.watching,
    })
  }
  const files = await Promise.all(lists.map(open))
  // Filled anew by every match.
  const words = new Uint32Array(4)

  return {
    get revision() {
      return revision
    },
    tellAnonymity: lists.some(({ settings }) => hidesUser(settings.kind)),
    count: lists.length,
    match: (address, asn) => {
      const asnUnsure = asn instanceof Unknown && asn.why !== 'absent'
      const width = readAddress(address, words)
      let unsure = false
      let unsureOfAnonymity = false
      for (const { settings, set } of lists) {
        const { kind, provider } = settings
        if (
          set?.hasAddress(words, width) === true ||
          (typeof asn === 'number' && set?.hasAsn(asn))
        ) {
          return { kind, provider, unsure, unsureOfAnonymity }
        }
        if (set !== undefined && (!asnUnsure || set.asns === 0)) continue
        unsure = true
        unsureOfAnonymity ||= hidesUser(kind)
      }
      return { kind: undefined, provider: undefined, unsure, unsureOfAnonymity }
    },
    status: () =>
      lists.map(({ settings, set, problems }) => ({
        ...settings,
        loaded: set !== undefined,
        entries: set?.entries ?? 0,
        problems,
      })),
    close: async () => {
      await Promise.all(files.map((file) => file.close()))
    },
  }
}
